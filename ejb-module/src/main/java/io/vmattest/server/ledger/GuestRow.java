// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.report.Digest;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** What was seen inside the guest, beside an appended report; it is not loaded with each report. */
@Entity
@Table(name = "report_guest")
public class GuestRow {
  @Id
  @Column(name = "report", updatable = false)
  private String report;

  @Column(name = "document", updatable = false)
  private byte[] document;

  @SuppressWarnings("NullAway.Init")
  protected GuestRow() {}

  GuestRow(Digest report, GuestDocument document) {
    this.report = report.hex();
    this.document = document.compressed();
  }

  byte[] document() {
    return document.clone();
  }
}
