// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import io.vmattest.core.ledger.LedgerBrokenException.Reason;
import io.vmattest.core.report.Digest;

/** Walks the ledger's hash chain, entry by entry. Not thread-safe. */
public final class LedgerChain {
  private long next;
  private Digest head = LedgerEntryData.GENESIS;

  /** From the first entry on. */
  public LedgerChain() {}

  /** From an entry on whose predecessor's hash is known and trusted. */
  public LedgerChain(long next, Digest head) {
    this.next = next;
    this.head = head;
  }

  /**
   * Checks that the entry is the next one, and goes on to it.
   *
   * @param storedHash the hash that was stored beside it
   * @throws LedgerBrokenException and stays where it was
   */
  public void verify(LedgerEntryData entry, Digest storedHash) throws LedgerBrokenException {
    if (entry.index() != next) {
      throw new LedgerBrokenException(
          next, Reason.INDEX, "Entry " + entry.index() + " stands where " + next + " should.");
    }
    if (!entry.previous().equals(head)) {
      throw new LedgerBrokenException(
          next,
          Reason.PREVIOUS,
          "Entry %d follows %s, but the entry before it is %s."
              .formatted(next, entry.previous(), head));
    }
    Digest hash = entry.hash();
    if (!hash.equals(storedHash)) {
      throw new LedgerBrokenException(
          next,
          Reason.HASH,
          "Entry %d hashes to %s, but %s was stored.".formatted(next, hash, storedHash));
    }
    next++;
    head = hash;
  }

  /** Index that the next entry must have. */
  public long next() {
    return next;
  }

  /** Hash of the last entry. */
  public Digest head() {
    return head;
  }
}
