// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.report.Digest;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Arrays;

/** A message that was not taken for a report, kept for whoever looks into it. */
@Entity
@Table(name = "rejected_report")
public class RejectedRow {
  static final int LONGEST_REASON = 1000;
  private static final int LARGEST_MESSAGE = 256 * 1024;

  @Id
  @Column(name = "digest", updatable = false)
  private String digest;

  @Column(name = "rejected_at", updatable = false)
  private long rejectedAt;

  @Column(name = "reason", updatable = false)
  private String reason;

  @Column(name = "message", updatable = false)
  private byte[] message;

  @SuppressWarnings("NullAway.Init")
  protected RejectedRow() {}

  /** Of a message that is too long, the beginning is kept. */
  RejectedRow(Digest digest, Instant at, String reason, byte[] message) {
    this.digest = digest.hex();
    this.rejectedAt = at.toEpochMilli();
    this.reason = reason.substring(0, Math.min(reason.length(), LONGEST_REASON));
    this.message = Arrays.copyOf(message, Math.min(message.length, LARGEST_MESSAGE));
  }

  String reason() {
    return reason;
  }

  String digest() {
    return digest;
  }
}
