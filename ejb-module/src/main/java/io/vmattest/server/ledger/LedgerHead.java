// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Id;
import jakarta.persistence.LockModeType;
import jakarta.persistence.Table;

/** The one row that who appends must hold locked: it puts all writers in order. */
@Entity
@Table(name = "ledger_head")
public class LedgerHead {
  static final int ID = 1;

  @Id
  @Column(name = "id")
  private int id;

  @Column(name = "next_index")
  private long nextIndex;

  @Column(name = "entry_hash")
  private String entryHash;

  @Column(name = "origin")
  private String origin;

  @SuppressWarnings("NullAway.Init")
  protected LedgerHead() {}

  /** The row, for this transaction alone from now on. */
  static LedgerHead locked(EntityManager em) {
    return em.find(LedgerHead.class, ID, LockModeType.PESSIMISTIC_WRITE);
  }

  long nextIndex() {
    return nextIndex;
  }

  Digest entryHash() {
    return Digest.ofHex(entryHash);
  }

  String origin() {
    return origin;
  }

  /** Names the log, once and for all. */
  void name(String newOrigin) {
    if (origin.isEmpty()) {
      origin = newOrigin;
    }
  }

  /** Moves behind an entry. */
  void advance(LedgerEntryData last) {
    nextIndex = last.index() + 1;
    entryHash = last.hash().hex();
  }
}
