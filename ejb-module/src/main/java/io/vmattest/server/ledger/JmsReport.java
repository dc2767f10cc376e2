// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.guest.MalformedGuestDocumentException;
import io.vmattest.core.report.SignedReport;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A report as a message, in the form that {@link ReportMessages} gives it. */
final class JmsReport implements QueuedReport {
  static final String REPORT = "report";
  static final String CONFIG = "config";
  static final String SNAPSHOT_KEPT = "snapshotKept";
  static final String GUEST = "guest";
  static final String RETURNS = "returns";

  private static final int LARGEST_CONFIG = 512 * 1024;

  private final Message message;

  JmsReport(Message message) {
    this.message = message;
  }

  @Override
  public IncomingReport read() throws ReportRejectedException {
    try {
      return readFields();
    } catch (JMSException e) {
      throw runtime(e);
    }
  }

  private IncomingReport readFields() throws JMSException, ReportRejectedException {
    if (!(message instanceof MapMessage map)) {
      throw new ReportRejectedException("the message is not a map");
    }
    if (!(map.getObject(REPORT) instanceof byte[] report)
        || !(map.getObject(CONFIG) instanceof String config)
        || !(map.getObject(SNAPSHOT_KEPT) instanceof Boolean kept)) {
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

  /** Bytes that it takes, about. */
  long size() {
    try {
      return message instanceof MapMessage map
          ? size(map.getObject(REPORT)) + size(map.getObject(CONFIG)) + size(map.getObject(GUEST))
          : 0;
    } catch (JMSException e) {
      throw runtime(e);
    }
  }

  private static long size(@Nullable Object field) {
    if (field instanceof byte[] bytes) {
      return bytes.length;
    }
    return field instanceof String text ? text.length() : 0;
  }

  @Override
  public byte[] bytes() {
    try {
      return message instanceof MapMessage map && map.getObject(REPORT) instanceof byte[] report
          ? report
          : String.valueOf(message.getJMSMessageID()).getBytes(StandardCharsets.UTF_8);
    } catch (JMSException e) {
      throw runtime(e);
    }
  }

  @Override
  public int returns() {
    try {
      return message.propertyExists(RETURNS) ? message.getIntProperty(RETURNS) : 0;
    } catch (JMSException e) {
      throw runtime(e);
    }
  }

  private static JMSRuntimeException runtime(JMSException e) {
    return new JMSRuntimeException(e.getMessage(), e.getErrorCode(), e);
  }
}
