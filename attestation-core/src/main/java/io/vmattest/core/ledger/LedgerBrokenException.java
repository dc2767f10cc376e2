// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

/** The ledger's chain does not hold at an entry. */
public final class LedgerBrokenException extends Exception {
  private static final long serialVersionUID = 1L;
  private final long index;
  private final Reason reason;

  public LedgerBrokenException(long index, Reason reason, String message) {
    super(message);
    this.index = index;
    this.reason = reason;
  }

  /** Of the entry at which the chain breaks. */
  public long index() {
    return index;
  }

  public Reason reason() {
    return reason;
  }

  /** How it breaks. */
  public enum Reason {
    /** The index does not follow: an entry was dropped, added or moved. */
    INDEX,
    /** The entry does not name the hash of the one before. */
    PREVIOUS,
    /** The entry's hash is not what was stored: it was changed. */
    HASH,
    /** The entry's body does not hash to its digest: it was changed. */
    BODY,
    /** The entries do not end where the ledger's head says. */
    HEAD
  }
}
