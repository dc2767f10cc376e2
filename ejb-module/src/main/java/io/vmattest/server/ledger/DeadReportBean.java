// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.MessageDriven;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import java.lang.System.Logger;

/**
 * Takes what the queue of reports gave up: it is recorded as rejected, told, and kept. Before that
 * it was delivered as often as the queue's settings say.
 */
@MessageDriven(
    activationConfig = {
      @ActivationConfigProperty(
          propertyName = "destinationLookup",
          propertyValue = "java:/jms/queue/vmattest.reports.dead"),
      @ActivationConfigProperty(
          propertyName = "destinationType",
          propertyValue = "jakarta.jms.Queue"),
      @ActivationConfigProperty(propertyName = "maxSession", propertyValue = "1")
    })
@TransactionAttribute(TransactionAttributeType.REQUIRED)
public class DeadReportBean implements MessageListener {
  static final String REASON = "every attempt to append it failed; the server's log says why";

  private static final Logger LOG = System.getLogger(DeadReportBean.class.getName());

  @Inject ReportIngest ingest;

  @Override
  public void onMessage(Message message) {
    try {
      LOG.log(
          Logger.Level.ERROR,
          "report {0} is given up: {1}",
          message.getStringProperty("reportDigest"),
          REASON);
      ingest.reject(ReportMessages.bytes(message), REASON);
    } catch (JMSException e) {
      throw new JMSRuntimeException(e.getMessage(), e.getErrorCode(), e);
    }
  }
}
