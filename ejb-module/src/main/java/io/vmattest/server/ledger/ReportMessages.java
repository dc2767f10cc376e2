// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.guest.MalformedGuestDocumentException;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
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
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reports as messages on the queue: a MapMessage with {@code report} (bytes), {@code config}
 * (text), {@code snapshotKept} (boolean) and, where somebody looked into the guest, {@code guest}
 * (bytes, gzip).
 */
@ApplicationScoped
public class ReportMessages {
  static final int LARGEST_CONFIG = 512 * 1024;
  private static final String GUEST = "guest";

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
    AttestationReport report = signed.report();
    Digest digest = signed.digest();
    try {
      MapMessage message = context.createMapMessage();
      message.setBytes("report", signed.encoded());
      message.setString("config", canonicalConfig);
      if (guest.isPresent()) {
        message.setBytes(GUEST, guest.get().compressed());
      }
      message.setBoolean("snapshotKept", snapshotKept);
      message.setStringProperty("vmId", report.vmId().toString());
      message.setStringProperty("reportDigest", digest.hex());
      message.setStringProperty("_AMQ_DUPL_ID", digest.hex());
      message.setStringProperty("JMSXGroupID", report.vmId().toString());
      context.createProducer().send(queue, message);
    } catch (JMSException e) {
      throw new JMSRuntimeException(e.getMessage(), e.getErrorCode(), e);
    }
  }

  /**
   * @throws ReportRejectedException if it has not the form of a report's message
   */
  static IncomingReport read(Message message) throws JMSException, ReportRejectedException {
    if (!(message instanceof MapMessage map)) {
      throw new ReportRejectedException("the message is not a map");
    }
    if (!(map.getObject("report") instanceof byte[] report)
        || !(map.getObject("config") instanceof String config)
        || !(map.getObject("snapshotKept") instanceof Boolean kept)) {
      throw new ReportRejectedException("the message has not the fields of a report's message");
    }
    if (report.length > SignedReport.MAX_SIZE || config.length() > LARGEST_CONFIG) {
      throw new ReportRejectedException("the message is larger than a report's message can be");
    }
    return new IncomingReport(report, config, guest(map), kept);
  }

  private static Optional<GuestDocument> guest(MapMessage message)
      throws JMSException, ReportRejectedException {
    if (!message.itemExists(GUEST)) {
      return Optional.empty();
    }
    if (!(message.getObject(GUEST) instanceof byte[] gzip)) {
      throw new ReportRejectedException("what was seen of the guest is not bytes");
    }
    try {
      return Optional.of(GuestDocument.decompress(gzip));
    } catch (MalformedGuestDocumentException e) {
      throw new ReportRejectedException("what was seen of the guest: " + e.getMessage(), e);
    }
  }

  /** Whatever of the message can be kept as bytes. */
  static byte[] bytes(Message message) throws JMSException {
    return message instanceof MapMessage map && map.getObject("report") instanceof byte[] report
        ? report
        : String.valueOf(message.getJMSMessageID()).getBytes(StandardCharsets.UTF_8);
  }
}
