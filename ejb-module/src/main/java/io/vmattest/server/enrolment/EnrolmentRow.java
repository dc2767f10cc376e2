// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.enrolment;

import io.vmattest.core.report.Digest;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** The last enrolment of a key. */
@Entity
@Table(name = "enrolment")
public class EnrolmentRow {
  @Id
  @Column(name = "key_evidence")
  private String keyEvidence;

  @Column(name = "enrolled_at")
  private long enrolledAt;

  @Column(name = "cose")
  private byte[] cose;

  @SuppressWarnings("NullAway.Init")
  protected EnrolmentRow() {}

  EnrolmentRow(Digest keyEvidence, Instant at, byte[] cose) {
    this.keyEvidence = keyEvidence.hex();
    this.enrolledAt = at.toEpochMilli();
    this.cose = cose.clone();
  }

  byte[] cose() {
    return cose.clone();
  }
}
