// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.guest.MalformedGuestDocumentException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.server.ledger.IncomingReport;
import io.vmattest.server.ledger.ReportRejectedException;
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
  private @Nullable Fields fields;

  /** What of the message is read once; null is what is absent or of another type. */
  private record Fields(
      byte @Nullable [] report,
      @Nullable String config,
      @Nullable Boolean snapshotKept,
      @Nullable Object guest) {
    static final Fields NONE = new Fields(null, null, null, null);
  }

  JmsReport(Message message) {
    this.message = message;
  }

  @Override
  public IncomingReport read() throws ReportRejectedException {
    if (!(message instanceof MapMessage)) {
      throw new ReportRejectedException("the message is not a map");
    }
    Fields read = fields();
    if (read.report == null || read.config == null || read.snapshotKept == null) {
      throw new ReportRejectedException("the message has not the fields of a report's message");
    }
    if (read.report.length > SignedReport.MAX_SIZE || read.config.length() > LARGEST_CONFIG) {
      throw new ReportRejectedException("the message is larger than a report's message can be");
    }
    return new IncomingReport(read.report, read.config, guest(read.guest), read.snapshotKept);
  }

  private static Optional<GuestDocument> guest(@Nullable Object field)
      throws ReportRejectedException {
    if (field == null) {
      return Optional.empty();
    }
    if (!(field instanceof byte[] gzip)) {
      throw new ReportRejectedException("what was seen of the guest is not bytes");
    }
    try {
      return Optional.of(GuestDocument.decompress(gzip));
    } catch (MalformedGuestDocumentException e) {
      throw new ReportRejectedException("what was seen of the guest: " + e.getMessage(), e);
    }
  }

  private Fields fields() {
    Fields read = fields;
    if (read == null) {
      read = message instanceof MapMessage map ? fields(map) : Fields.NONE;
      fields = read;
    }
    return read;
  }

  private static Fields fields(MapMessage map) {
    try {
      return new Fields(
          map.getObject(REPORT) instanceof byte[] report ? report : null,
          map.getObject(CONFIG) instanceof String config ? config : null,
          map.getObject(SNAPSHOT_KEPT) instanceof Boolean kept ? kept : null,
          map.getObject(GUEST));
    } catch (JMSException e) {
      throw runtime(e);
    }
  }

  /** Bytes that it takes, about. */
  long size() {
    Fields read = fields();
    return (read.report == null ? 0L : read.report.length)
        + (read.config == null ? 0L : read.config.length())
        + (read.guest instanceof byte[] guest ? guest.length : 0L);
  }

  @Override
  public byte[] bytes() {
    byte[] report = fields().report;
    try {
      return report != null
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
