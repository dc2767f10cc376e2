// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
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
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Takes reports from the queue into the ledger. A message leaves the queue when its entry is
 * durable; if the server dies between, it comes again and changes nothing. What can never be
 * appended is recorded and kept, so that it does not come again.
 */
@MessageDriven(
    activationConfig = {
      @ActivationConfigProperty(
          propertyName = "destinationLookup",
          propertyValue = "java:/jms/queue/vmattest.reports"),
      @ActivationConfigProperty(
          propertyName = "destinationType",
          propertyValue = "jakarta.jms.Queue"),
      // Reports of a VM are a message group and come in their order; so many VMs' are appended as
      // a group.
      @ActivationConfigProperty(propertyName = "maxSession", propertyValue = "64")
    })
@TransactionAttribute(TransactionAttributeType.REQUIRED)
public class ReportIngestBean implements MessageListener {
  static final String GIVEN_UP = "every attempt to append it failed; the server's log says why";

  /** Of these no report is the cause. */
  private static final Set<Problem> OUTAGES =
      EnumSet.of(Problem.HSM_UNAVAILABLE, Problem.LEDGER_OLDER, Problem.TEE_UNAVAILABLE);

  private static final Logger LOG = System.getLogger(ReportIngestBean.class.getName());
  private static final int ATTEMPTS = Integer.getInteger("vmattest.delivery.attempts", 40);

  @Inject ReportChecks checks;
  @Inject ReportGroups groups;
  @Inject GroupTransaction transaction;

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
      CheckedReport report = checks.check(ReportMessages.read(message));
      // What came back may be what its group failed for.
      AppendOutcome outcome = delivery > 1 ? groups.appendAlone(report) : groups.append(report);
      outcome.stored();
    } catch (ReportRejectedException e) {
      LOG.log(Logger.Level.WARNING, "a report was rejected: {0}", e.reason());
      transaction.reject(ReportMessages.bytes(message), e.reason());
    } catch (ReportTooEarlyException e) {
      // One before it is being delivered again, and so will this be.
      LOG.log(Logger.Level.INFO, "a report must wait: {0}", e.getMessage());
      again(message, delivery);
    } catch (RuntimeException e) {
      if (isUnavailable(e)) {
        LOG.log(Logger.Level.WARNING, "a report could not be appended: {0}", e);
        context.setRollbackOnly();
      } else {
        LOG.log(Logger.Level.WARNING, "a report could not be appended", e);
        again(message, delivery);
      }
    }
  }

  /**
   * Back to the queue, or given up: but only if that can be recorded. While nothing can be written,
   * for want of the database or the HSM, the report waits in the queue.
   */
  private void again(Message message, int delivery) throws JMSException {
    if (delivery < ATTEMPTS) {
      context.setRollbackOnly();
      return;
    }
    LOG.log(
        Logger.Level.ERROR,
        "report {0} is given up: {1}",
        message.getStringProperty("reportDigest"),
        GIVEN_UP);
    transaction.reject(ReportMessages.bytes(message), GIVEN_UP);
  }

  private static boolean isUnavailable(RuntimeException e) {
    return Stream.iterate((Throwable) e, Objects::nonNull, Throwable::getCause)
        .anyMatch(
            cause ->
                cause instanceof ServiceException service && OUTAGES.contains(service.problem()));
  }
}
