// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static java.util.Objects.requireNonNull;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An entry as it lies in the database. It is written once. */
@Entity
@Table(name = "ledger_entry")
public class LedgerEntryRow implements RowInserts.Row {
  static final String INSERT =
      "INSERT INTO ledger_entry (entry_index, entry_type, occurred_at, vm_id, body_digest,"
          + " previous_hash, entry_hash, summary, seal_key, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

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

  @Column(name = "summary", updatable = false)
  private String summary;

  @Column(name = "seal_key", updatable = false)
  private String sealKey;

  @Column(name = "seal", updatable = false)
  private byte[] seal;

  @SuppressWarnings("NullAway.Init")
  protected LedgerEntryRow() {}

  LedgerEntryRow(LedgerEntryData data, String summary, String sealKey, byte[] seal) {
    this.index = data.index();
    this.type = data.type().name();
    this.occurredAt = data.at().toEpochMilli();
    this.vmId = data.vm().map(UUID::toString).orElse(null);
    this.bodyDigest = data.body().hex();
    this.previousHash = data.previous().hex();
    this.entryHash = data.hash().hex();
    this.summary = summary;
    this.sealKey = sealKey;
    this.seal = seal.clone();
  }

  @Override
  public void bind(PreparedStatement insert) throws SQLException {
    insert.setLong(1, index);
    insert.setString(2, type);
    insert.setLong(3, occurredAt);
    insert.setString(4, vmId);
    insert.setString(5, bodyDigest);
    insert.setString(6, previousHash);
    insert.setString(7, entryHash);
    insert.setString(8, summary);
    insert.setString(9, sealKey);
    insert.setBytes(10, seal);
  }

  long index() {
    return index;
  }

  String sealKey() {
    return sealKey;
  }

  byte[] seal() {
    return seal.clone();
  }

  /** Whatever else its columns hold. */
  boolean isReport() {
    return type.equals(LedgerEntryData.Type.REPORT.name());
  }

  /** Whether its digest is that of a body. */
  boolean isOver(byte[] body) {
    return Digest.sha256(body).hex().equals(bodyDigest);
  }

  LedgerSummary toSummary() {
    return summary(index, type, occurredAt, vmId, bodyDigest, previousHash, entryHash, summary);
  }

  /**
   * Of what an entry's columns hold, in the order of the fields, without the seal.
   *
   * @throws ServiceException with LEDGER_DAMAGED if no entry holds that
   */
  static LedgerSummary summary(@Nullable Object... columns) {
    try {
      return parsed(columns);
    } catch (IllegalArgumentException e) {
      throw new ServiceException(
          Problem.LEDGER_DAMAGED, "entry " + columns[0] + " has a value that no entry has", e);
    }
  }

  private static LedgerSummary parsed(@Nullable Object... columns) {
    LedgerEntryData data =
        new LedgerEntryData(
            (Long) requireNonNull(columns[0]),
            LedgerEntryData.Type.valueOf(text(columns[1])),
            Instant.ofEpochMilli((Long) requireNonNull(columns[2])),
            Optional.ofNullable(columns[3]).map(id -> UUID.fromString(text(id))),
            Digest.ofHex(text(columns[4])),
            Digest.ofHex(text(columns[5])));
    return new LedgerSummary(data, Digest.ofHex(text(columns[6])), text(columns[7]));
  }

  private static String text(@Nullable Object column) {
    return (String) requireNonNull(column);
  }
}
