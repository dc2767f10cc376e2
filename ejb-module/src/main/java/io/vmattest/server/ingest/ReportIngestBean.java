// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

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
import java.util.List;

/**
 * Takes reports from the queue into the ledger: with the one that it is woken by, all that wait
 * behind it. Messages leave the queue when their entries are durable; if the server dies between,
 * they come again and change nothing. What can never be appended is recorded and kept, so that it
 * does not come again.
 */
@MessageDriven(
    activationConfig = {
      @ActivationConfigProperty(
          propertyName = "destinationLookup",
          propertyValue = "java:/jms/queue/vmattest.reports"),
      @ActivationConfigProperty(
          propertyName = "destinationType",
          propertyValue = "jakarta.jms.Queue"),
      // One that takes nothing ahead: what is behind its message is still in the queue, so that
      // the reports of a VM come in their order.
      @ActivationConfigProperty(propertyName = "maxSession", propertyValue = "1"),
      @ActivationConfigProperty(propertyName = "consumerWindowSize", propertyValue = "0")
    })
@TransactionAttribute(TransactionAttributeType.REQUIRED)
public class ReportIngestBean implements MessageListener {
  private static final long PAUSE_MILLIS = Long.getLong("vmattest.redelivery.delay", 500);

  /** A server that stops waits for the end of it. */
  private static final long LONGEST_PAUSE_MILLIS = 2000;

  private static final Logger LOG = System.getLogger(ReportIngestBean.class.getName());

  @Inject ReportPipeline pipeline;
  @Inject ReportBatch batch;
  @Inject ReportMessages messages;
  @Inject ReportFailures failures;

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
    int delivery = message.getIntProperty("JMSXDeliveryCount");
    try {
      if (delivery == 1) {
        settleAll(message);
      } else {
        // It may be what the others failed for, with which it came before.
        pipeline.settle(() -> new ReportSource.Taken(List.of(new JmsReport(message)), true));
      }
    } catch (RuntimeException e) {
      tell(e);
      failed(message, delivery, e);
    }
  }

  /** With it, all that wait behind it. */
  private void settleAll(Message message) {
    try (WaitingReports reports = messages.from(message)) {
      pipeline.settle(reports);
    }
  }

  private static void tell(RuntimeException cause) {
    if (ReportFailures.isOutage(cause)) {
      LOG.log(Logger.Level.WARNING, "reports could not be appended: {0}", cause);
    } else {
      LOG.log(Logger.Level.WARNING, "reports could not be appended", cause);
    }
  }

  private void failed(Message message, int delivery, RuntimeException cause) throws JMSException {
    if (delivery == 1
        || !failures.isLast(message.getJMSMessageID(), cause)
        || !isGivenUp(message)) {
      back(delivery);
    }
  }

  /** Only if that can be recorded. */
  private boolean isGivenUp(Message message) {
    try {
      batch.giveUp(new JmsReport(message));
      return true;
    } catch (RuntimeException e) {
      LOG.log(Logger.Level.WARNING, "a report cannot be given up now: {0}", e);
      return false;
    }
  }

  /** All go back to the queue, in their order: nobody takes any before they are there. */
  private void back(int delivery) {
    context.setRollbackOnly();
    try {
      Thread.sleep(Math.min(PAUSE_MILLIS * delivery, LONGEST_PAUSE_MILLIS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
