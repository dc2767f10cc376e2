// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.SignedReport;
import io.vmattest.server.ledger.CheckedReport;
import io.vmattest.server.ledger.IncomingReport;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.jms.JMSConnectionFactory;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.util.Optional;

/**
 * Reports as messages on the queue: a MapMessage with {@code report} (bytes), {@code config}
 * (text), {@code snapshotKept} (boolean) and, where somebody looked into the guest, {@code guest}
 * (bytes, gzip). One that was too early and sent again has how often in its property {@code
 * returns}.
 */
@ApplicationScoped
public class ReportMessages {
  @Inject
  @JMSConnectionFactory("java:/JmsXA")
  JMSContext context;

  @Inject Queue queue;

  /** Sends in the caller's transaction. */
  @Transactional(Transactional.TxType.MANDATORY)
  public void send(
      SignedReport signed,
      String canonicalConfig,
      Optional<GuestDocument> guest,
      boolean snapshotKept) {
    try {
      MapMessage message = message(signed, canonicalConfig, guest, snapshotKept);
      message.setStringProperty("_AMQ_DUPL_ID", signed.digest().hex());
      context.createProducer().send(queue, message);
    } catch (JMSException e) {
      throw new JMSRuntimeException(e.getMessage(), e.getErrorCode(), e);
    }
  }

  /**
   * Puts a report that was taken behind the others, in the caller's transaction.
   *
   * @param returns how often that was done, with this time
   * @param after it is not delivered again before
   */
  @Transactional(Transactional.TxType.MANDATORY)
  void sendAgain(CheckedReport report, int returns, Duration after) {
    IncomingReport incoming = report.incoming();
    try {
      MapMessage message =
          message(
              report.signed(),
              incoming.canonicalConfig(),
              incoming.guest(),
              incoming.snapshotKept());
      message.setIntProperty(JmsReport.RETURNS, returns);
      context.createProducer().setDeliveryDelay(after.toMillis()).send(queue, message);
    } catch (JMSException e) {
      throw new JMSRuntimeException(e.getMessage(), e.getErrorCode(), e);
    }
  }

  /** A message and what waits behind it already, in its order and in the caller's transaction. */
  @Transactional(Transactional.TxType.MANDATORY)
  WaitingReports from(Message first) {
    return new WaitingReports(first, context.createConsumer(queue));
  }

  private MapMessage message(
      SignedReport signed,
      String canonicalConfig,
      Optional<GuestDocument> guest,
      boolean snapshotKept)
      throws JMSException {
    AttestationReport report = signed.report();
    MapMessage message = context.createMapMessage();
    message.setBytes(JmsReport.REPORT, signed.encoded());
    message.setString(JmsReport.CONFIG, canonicalConfig);
    if (guest.isPresent()) {
      message.setBytes(JmsReport.GUEST, guest.get().compressed());
    }
    message.setBoolean(JmsReport.SNAPSHOT_KEPT, snapshotKept);
    message.setStringProperty("vmId", report.vmId().toString());
    message.setStringProperty("reportDigest", signed.digest().hex());
    return message;
  }
}
