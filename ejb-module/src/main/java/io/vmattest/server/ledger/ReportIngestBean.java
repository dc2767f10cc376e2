// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import jakarta.annotation.Resource;
import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.MessageDriven;
import jakarta.ejb.MessageDrivenContext;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import java.lang.System.Logger;

/**
 * Takes reports from the queue into the ledger: the message, the entry and the event are one
 * transaction. What can never be appended is recorded and kept, so that it does not come again.
 */
@MessageDriven(
    activationConfig = {
      @ActivationConfigProperty(
          propertyName = "destinationLookup",
          propertyValue = "java:/jms/queue/vmattest.reports"),
      @ActivationConfigProperty(
          propertyName = "destinationType",
          propertyValue = "jakarta.jms.Queue"),
      // Appending is one after the other anyway, and reports of a VM must come in their order.
      @ActivationConfigProperty(propertyName = "maxSession", propertyValue = "1")
    })
@TransactionAttribute(TransactionAttributeType.REQUIRED)
public class ReportIngestBean implements MessageListener {
  private static final Logger LOG = System.getLogger(ReportIngestBean.class.getName());

  @Inject ReportIngest ingest;

  @Resource
  @SuppressWarnings("NullAway.Init")
  MessageDrivenContext context;

  @Override
  public void onMessage(Message message) {
    try {
      take(message);
    } catch (JMSException e) {
      throw new JMSRuntimeException(e.getMessage(), e.getErrorCode(), e);
    }
  }

  private void take(Message message) throws JMSException {
    try {
      ingest.append(ReportMessages.read(message));
    } catch (ReportRejectedException e) {
      LOG.log(Logger.Level.WARNING, "a report was rejected: {0}", e.reason());
      ingest.reject(ReportMessages.bytes(message), e.reason());
    } catch (ReportTooEarlyException e) {
      // One before it is being delivered again, and so will this be.
      LOG.log(Logger.Level.INFO, "a report must wait: {0}", e.getMessage());
      context.setRollbackOnly();
    }
  }
}
