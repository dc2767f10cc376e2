// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.report.Digest;
import io.vmattest.server.bodies.StoredBody;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What was seen inside the guest, beside an appended report; it is not loaded with each report. */
@Entity
@Table(name = "report_guest")
public class GuestRow {
  @Id
  @Column(name = "report", updatable = false)
  private String report;

  @Column(name = "document", updatable = false)
  private byte[] document;

  @Column(name = "body_key", updatable = false)
  private @Nullable String bodyKey;

  @SuppressWarnings("NullAway.Init")
  protected GuestRow() {}

  GuestRow(Digest report, StoredBody stored) {
    this.report = report.hex();
    this.document = stored.bytes().clone();
    this.bodyKey = stored.key().orElse(null);
  }

  String report() {
    return report;
  }

  /** The document, compressed and maybe encrypted. */
  StoredBody stored() {
    return new StoredBody(document.clone(), Optional.ofNullable(bodyKey));
  }
}
