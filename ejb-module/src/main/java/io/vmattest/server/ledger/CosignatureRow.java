// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.tlog.NoteSignature;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A witness's cosignature of a checkpoint. It is written once. */
@Entity
@Table(name = "ledger_cosignature")
@IdClass(CosignatureRow.Key.class)
public class CosignatureRow {
  @Id
  @Column(name = "tree_size", updatable = false)
  private long size;

  @Id
  @Column(name = "witness", updatable = false)
  private String witness;

  @Id
  @Column(name = "key_id", updatable = false)
  private int keyId;

  @Column(name = "kept_at", updatable = false)
  private long keptAt;

  @Column(name = "signature", updatable = false)
  private String signature;

  @SuppressWarnings("NullAway.Init")
  protected CosignatureRow() {}

  CosignatureRow(long size, NoteSignature cosignature, Instant at) {
    this.size = size;
    this.witness = cosignature.name();
    this.keyId = cosignature.keyId();
    this.keptAt = at.toEpochMilli();
    this.signature = cosignature.base64();
  }

  long size() {
    return size;
  }

  /**
   * The signature line; empty if the row holds what none has: it keeps no other from being read.
   */
  Optional<NoteSignature> cosignature() {
    try {
      return Optional.of(new NoteSignature(witness, signature));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** What a row is found by; the fields are those of the row. */
  public static class Key implements Serializable {
    private static final long serialVersionUID = 1L;
    private long size;
    private String witness = "";
    private int keyId;

    public Key() {}

    Key(long size, String witness, int keyId) {
      this.size = size;
      this.witness = witness;
      this.keyId = keyId;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key that
          && that.size == size
          && that.witness.equals(witness)
          && that.keyId == keyId;
    }

    @Override
    public int hashCode() {
      return Objects.hash(size, witness, keyId);
    }
  }
}
