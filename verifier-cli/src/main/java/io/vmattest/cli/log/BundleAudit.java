// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import io.vmattest.core.ledger.LedgerAudit;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.ledger.LedgerFinding;
import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.ledger.MalformedEntryException;
import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import java.io.IOException;
import java.util.Optional;

/**
 * Gives a bundle's entries to the audit. Where an entry and its leaf disagree, the entry after it
 * says which of them was changed; the tree goes on with the other, so that the checkpoints say
 * whether it was that alone.
 */
final class BundleAudit {
  private final LogFolder folder;
  private final LedgerAudit audit;
  private final FolderEntries bundle;
  private final Optional<FolderEntries> after;

  /**
   * @param after the next bundle; empty if this is the last one
   */
  BundleAudit(
      LogFolder folder, LedgerAudit audit, FolderEntries bundle, Optional<FolderEntries> after) {
    this.folder = folder;
    this.audit = audit;
    this.bundle = bundle;
    this.after = after;
  }

  /**
   * The entry there.
   *
   * @return the entry, if it is one and stands where it should
   */
  Optional<LedgerEntryData> check(int at) {
    long index = bundle.first() + at;
    if (at >= bundle.entries().size()) {
      missing(at, index);
      return Optional.empty();
    }
    byte[] encoded = bundle.entries().get(at);
    try {
      LedgerEntryData entry = LedgerEntryData.parse(encoded);
      if (entry.index() != index) {
        misplaced(entry, index, at);
        return Optional.empty();
      }
      return inPlace(entry, MerkleTree.leafHash(encoded), at);
    } catch (MalformedEntryException e) {
      lost(Kind.ENTRY_UNREADABLE, index, String.valueOf(e.getMessage()), at);
      return Optional.empty();
    }
  }

  /** Said once for all of the bundle that are not there. */
  private void missing(int at, long index) {
    if (at > bundle.entries().size()) {
      audit.lost(Optional.empty(), bundle.leaf(at));
      return;
    }
    Kind kind = after.isEmpty() ? Kind.TAIL_MISSING : Kind.ENTRY_MISSING;
    long last = bundle.first() + bundle.path().width() - 1;
    lost(
        kind,
        index,
        "entries %d to %d are not there: %s".formatted(index, last, bundle.fault().orElse("")),
        at);
  }

  /** In the other's place, the hash that it has in its own is the one that was stored. */
  private void misplaced(LedgerEntryData entry, long index, int at) {
    LedgerEntryData here =
        new LedgerEntryData(
            index, entry.type(), entry.at(), entry.vm(), entry.body(), entry.previous());
    Digest leaf = bundle.leaf(at).orElse(MerkleTree.leafHash(entry.encoded()));
    audit.entry(here, entry.hash(), body(entry.index()), leaf);
  }

  private Optional<LedgerEntryData> inPlace(LedgerEntryData entry, Digest leaf, int at) {
    Optional<Digest> stored = bundle.leaf(at);
    Digest named = after(at).orElse(entry.hash());
    if (stored.isEmpty()) {
      audit.entry(entry, named, body(entry.index()), leaf);
      return Optional.of(entry).filter(e -> e.hash().equals(named));
    }
    boolean isTileChanged = after(at).isPresent() && named.equals(entry.hash());
    if (!stored.get().equals(leaf) && !isTileChanged) {
      lost(
          Kind.ENTRY_CHANGED,
          entry.index(),
          "its leaf is %s, and that of the stored tile %s".formatted(leaf, stored.get()),
          at);
      return Optional.empty();
    }
    audit.entry(entry, entry.hash(), body(entry.index()), leaf);
    return Optional.of(entry);
  }

  /** The hash that the entry after names. */
  private Optional<Digest> after(int at) {
    return at + 1 < bundle.path().width()
        ? bundle.previous(at + 1)
        : after.flatMap(next -> next.previous(0));
  }

  private void lost(Kind kind, long index, String detail, int at) {
    audit.lost(Optional.of(new LedgerFinding(kind, index, detail)), bundle.leaf(at));
  }

  /** One that cannot be read is none; the audit says that it is missing. */
  private Optional<byte[]> body(long index) {
    try {
      return folder.body(index);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
