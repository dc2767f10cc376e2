// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An entry as it lies in the database. It is written once. */
@Entity
@Table(name = "ledger_entry")
public class LedgerEntryRow {
  private static final int LONGEST_SUMMARY = 1000;

  @Id
  @Column(name = "entry_index", updatable = false)
  private long index;

  @Column(name = "entry_type", updatable = false)
  private String type;

  @Column(name = "occurred_at", updatable = false)
  private long occurredAt;

  @Column(name = "vm_id", updatable = false)
  private @Nullable String vmId;

  @Column(name = "body_digest", updatable = false)
  private String bodyDigest;

  @Column(name = "previous_hash", updatable = false)
  private String previousHash;

  @Column(name = "entry_hash", updatable = false)
  private String entryHash;

  @Column(name = "body", updatable = false)
  private byte[] body;

  @Column(name = "summary", updatable = false)
  private String summary;

  @SuppressWarnings("NullAway.Init")
  protected LedgerEntryRow() {}

  LedgerEntryRow(LedgerEntryData data, byte[] body, String summary) {
    this.index = data.index();
    this.type = data.type().name();
    this.occurredAt = data.at().toEpochMilli();
    this.vmId = data.vm().map(UUID::toString).orElse(null);
    this.bodyDigest = data.body().hex();
    this.previousHash = data.previous().hex();
    this.entryHash = data.hash().hex();
    this.body = body.clone();
    this.summary = summary.substring(0, Math.min(summary.length(), LONGEST_SUMMARY));
  }

  LedgerRecord toRecord() {
    LedgerEntryData data =
        new LedgerEntryData(
            index,
            LedgerEntryData.Type.valueOf(type),
            Instant.ofEpochMilli(occurredAt),
            Optional.ofNullable(vmId).map(UUID::fromString),
            Digest.ofHex(bodyDigest),
            Digest.ofHex(previousHash));
    return new LedgerRecord(data, Digest.ofHex(entryHash), body.clone(), summary);
  }
}
