// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.PlacedTile;
import io.vmattest.core.tlog.TileSource;
import io.vmattest.core.tlog.TileUnavailableException;
import io.vmattest.core.tlog.TreeEdge;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Goes through a ledger from its first entry to its last, hashes all of it again, and finds what
 * does not hold; it goes on behind a finding, so that all of them are named. Nothing is believed
 * but what it computed itself. Needs memory for one tile a level, and for each VM. Not thread-safe.
 */
public final class LedgerAudit {
  private final Iterator<Checkpoint> checkpoints;
  private final Optional<TileSource> tiles;
  private final LedgerFindings findings;
  private final ReportOrder reports;
  private final SwappedEntries swapped = new SwappedEntries();
  private TreeEdge edge = TreeEdge.empty();
  private Digest last = LedgerEntryData.GENESIS;
  private Optional<Checkpoint> awaited = Optional.empty();
  private long signed;
  private long next;

  /**
   * @param checkpoints heads of the tree whose signatures were verified, the smallest first
   * @param tiles what was stored of the tree, where that is to be compared
   * @param findings where what is found goes
   */
  public LedgerAudit(
      Iterator<Checkpoint> checkpoints, Optional<TileSource> tiles, LedgerFindings findings) {
    this.checkpoints = checkpoints;
    this.tiles = tiles;
    this.findings = findings;
    this.reports = new ReportOrder(findings);
    awaitNext();
  }

  private void awaitNext() {
    awaited = checkpoints.hasNext() ? Optional.of(checkpoints.next()) : Optional.empty();
    awaited.ifPresent(checkpoint -> signed = Math.max(signed, checkpoint.size()));
  }

  /**
   * The next entry, in the order of the indexes.
   *
   * @param storedHash the hash that was stored beside it
   * @param body its bytes; empty if they are not there
   */
  public void entry(LedgerEntryData entry, Digest storedHash, Optional<byte[]> body) {
    if (entry.index() != next) {
      findings.add(
          Kind.ENTRY_MISSING,
          next,
          "entries %d to %d are not there".formatted(next, entry.index() - 1));
    }
    if (!entry.previous().equals(last) && entry.index() == next) {
      findings.add(
          Kind.ENTRY_DOES_NOT_FOLLOW,
          entry.index(),
          "it names %s as the hash of the one before, which is %s"
              .formatted(entry.previous(), last));
    }
    Digest hash = entry.hash();
    if (!hash.equals(storedHash)) {
      swapped.add(entry, storedHash);
      findings.add(
          Kind.ENTRY_CHANGED,
          entry.index(),
          "it hashes to %s, and %s was stored".formatted(hash, storedHash));
    }
    body(entry, body);
    next = entry.index() + 1;
    last = storedHash;
    grow(entry);
  }

  private void body(LedgerEntryData entry, Optional<byte[]> body) {
    if (body.isEmpty()) {
      findings.add(Kind.BODY_MISSING, entry.index(), "its body is not there");
    } else if (!Digest.sha256(body.get()).equals(entry.body())) {
      findings.add(
          Kind.BODY_CHANGED,
          entry.index(),
          "its body hashes to %s, and its digest is %s"
              .formatted(Digest.sha256(body.get()), entry.body()));
    } else if (entry.type() == LedgerEntryData.Type.REPORT) {
      reports.next(entry, body.get());
    }
  }

  /** An entry that is missing leaves a tree that is another one: only the first is told of. */
  private void grow(LedgerEntryData entry) {
    TreeEdge.Appended grown = edge.append(List.of(MerkleTree.leafHash(entry.encoded())));
    edge = grown.edge();
    grown.completed().forEach(this::compare);
    while (awaited.isPresent() && awaited.get().size() <= edge.size()) {
      compare(awaited.get());
      awaitNext();
    }
  }

  private void compare(Checkpoint checkpoint) {
    if (checkpoint.size() == edge.size() && !checkpoint.root().equals(edge.root())) {
      findings.add(
          Kind.CHECKPOINT_OF_ANOTHER_TREE,
          edge.size(),
          "its root is %s, and that of the first %d entries is %s"
              .formatted(checkpoint.root(), edge.size(), edge.root()));
    }
  }

  private void compare(PlacedTile tile) {
    if (tiles.isEmpty()) {
      return;
    }
    long first = tile.path().index() << (8 * (tile.path().level() + 1));
    try {
      if (!Arrays.equals(tiles.get().read(tile.path()), tile.tile().bytes())) {
        findings.add(
            Kind.TILE_CHANGED, first, tile.path() + " is not over the entries from there on");
      }
    } catch (TileUnavailableException e) {
      findings.add(Kind.TILE_MISSING, first, String.valueOf(e.getMessage()));
    }
  }

  /**
   * That was the last entry.
   *
   * @param size how many entries the ledger's head counts
   * @param hash what its head names as the last entry's hash
   */
  public void end(long size, Digest hash) {
    while (awaited.isPresent()) {
      awaitNext();
    }
    if (next < Math.max(size, signed)) {
      findings.add(
          Kind.TAIL_MISSING,
          next,
          "it ends there, but its head counts %d entries and its checkpoint %d"
              .formatted(size, signed));
    } else if (next > size) {
      findings.add(
          Kind.ENTRY_ADDED, size, "the ledger's head counts no more than " + size + " entries");
    } else if (!last.equals(hash)) {
      findings.add(
          Kind.TAIL_MISSING, next, "its last entry is %s, and its head %s".formatted(last, hash));
    }
    swapped.pairs().forEach(findings::add);
  }
}
