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

  /**
   * Checks the entry's body too, without which the digest in the entry is only believed.
   *
   * @throws LedgerBrokenException and stays where it was
   */
  public void verify(LedgerEntryData entry, Digest storedHash, byte[] body)
      throws LedgerBrokenException {
    Digest digest = Digest.sha256(body);
    if (entry.index() == next && !digest.equals(entry.body())) {
      throw new LedgerBrokenException(
          next,
          Reason.BODY,
          "The body of entry %d hashes to %s, but %s was stored."
              .formatted(next, digest, entry.body()));
    }
    verify(entry, storedHash);
  }

  /**
   * Checks that the ledger ends here.
   *
   * @param size how many entries its head counts
   * @param hash what its head names as the last entry's hash
   * @throws LedgerBrokenException HEAD
   */
  public void verifyEnd(long size, Digest hash) throws LedgerBrokenException {
    if (size != next) {
      throw new LedgerBrokenException(
          next,
          Reason.HEAD,
          "The ledger's head counts %d entries, but there are %d.".formatted(size, next));
    }
    if (!hash.equals(head)) {
      throw new LedgerBrokenException(
          next,
          Reason.HEAD,
          "The ledger's head is %s, but the last of %d entries is %s.".formatted(hash, next, head));
    }
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
