// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.PlacedTile;
import io.vmattest.core.tlog.Tile;
import io.vmattest.core.tlog.TilePath;
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
  private final CounterOrder counters;
  private final SwappedEntries swapped = new SwappedEntries();
  private TreeEdge edge;

  /** Hash of the entry before; not known behind one that is lost. */
  private Optional<Digest> last;

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
    this(checkpoints, tiles, findings, ReportCheck.NONE, AuditState.start());
  }

  /**
   * Goes on where another one was.
   *
   * @param checkpoints of those behind the state
   * @param check what more is wanted of each report
   * @param state from which entry on
   */
  public LedgerAudit(
      Iterator<Checkpoint> checkpoints,
      Optional<TileSource> tiles,
      LedgerFindings findings,
      ReportCheck check,
      AuditState state) {
    this.checkpoints = checkpoints;
    this.tiles = tiles;
    this.findings = findings;
    this.reports = new ReportOrder(findings, check, state.reports());
    this.counters = new CounterOrder(findings, state.counters(), state.acknowledged());
    this.edge = state.edge();
    this.last = Optional.of(state.last());
    this.next = state.edge().size();
    awaitNext();
  }

  /** Where it is; empty if the last entry is lost. */
  public Optional<AuditState> state() {
    return last.map(
        hash ->
            new AuditState(edge, hash, reports.last(), counters.last(), counters.acknowledged()));
  }

  /** Of the tree so far. */
  public TreeEdge edge() {
    return edge;
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
    entry(entry, storedHash, body, MerkleTree.leafHash(entry.encoded()));
  }

  /**
   * The next entry of a log that has its leaves elsewhere, too.
   *
   * @param leaf with which the tree goes on: where the entry was changed, that of the stored tile,
   *     so that checkpoints say whether all the others are as they were
   */
  public void entry(LedgerEntryData entry, Digest storedHash, Optional<byte[]> body, Digest leaf) {
    follow(entry, storedHash);
    body(entry, body);
    grow(leaf);
  }

  /**
   * The next entry, whose body is there and cannot be read.
   *
   * @param finding what is wrong with the body; empty where it was said of an entry before
   */
  public void unread(LedgerEntryData entry, Digest storedHash, Optional<LedgerFinding> finding) {
    follow(entry, storedHash);
    finding.ifPresent(findings::add);
    unread(entry);
    grow(MerkleTree.leafHash(entry.encoded()));
  }

  private void follow(LedgerEntryData entry, Digest storedHash) {
    if (entry.index() != next) {
      findings.add(
          Kind.ENTRY_MISSING,
          next,
          "entries %d to %d are not there".formatted(next, entry.index() - 1));
    }
    if (entry.index() == next) {
      last.ifPresent(before -> chain(entry, before));
    }
    Digest hash = entry.hash();
    if (!hash.equals(storedHash)) {
      swapped.add(entry, storedHash);
      findings.add(
          Kind.ENTRY_CHANGED,
          entry.index(),
          "it hashes to %s, and %s was stored".formatted(hash, storedHash));
    }
    next = entry.index() + 1;
    last = Optional.of(storedHash);
  }

  private void chain(LedgerEntryData entry, Digest before) {
    if (!entry.previous().equals(before)) {
      findings.add(
          Kind.ENTRY_DOES_NOT_FOLLOW,
          entry.index(),
          "it names %s as the hash of the one before, which is %s"
              .formatted(entry.previous(), before));
    }
  }

  /**
   * The next entry cannot be had.
   *
   * @param finding what is wrong; empty where it was said of an entry before
   * @param leaf with which the tree goes on, if it is stored elsewhere
   */
  public void lost(Optional<LedgerFinding> finding, Optional<Digest> leaf) {
    finding.ifPresent(findings::add);
    reports.lost();
    next++;
    last = Optional.empty();
    grow(leaf.orElse(LedgerEntryData.GENESIS));
  }

  private void body(LedgerEntryData entry, Optional<byte[]> body) {
    if (body.isEmpty()) {
      unread(entry);
      findings.add(Kind.BODY_MISSING, entry.index(), "its body is not there");
    } else if (!Digest.sha256(body.get()).equals(entry.body())) {
      unread(entry);
      findings.add(
          Kind.BODY_CHANGED,
          entry.index(),
          "its body hashes to %s, and its digest is %s"
              .formatted(Digest.sha256(body.get()), entry.body()));
    } else if (entry.type() == LedgerEntryData.Type.REPORT) {
      reports.next(entry, body.get());
    } else if (entry.type() == LedgerEntryData.Type.LEDGER) {
      counters.next(body.get());
    }
  }

  private void unread(LedgerEntryData entry) {
    if (entry.type() == LedgerEntryData.Type.REPORT) {
      entry.vm().ifPresentOrElse(reports::lost, reports::lost);
    }
  }

  /** An entry that is missing leaves a tree that is another one: only the first is told of. */
  private void grow(Digest leaf) {
    TreeEdge.Appended grown = edge.append(List.of(leaf));
    edge = grown.edge();
    grown.completed().forEach(this::compare);
    while (awaited.isPresent() && awaited.get().size() <= edge.size()) {
      compare(awaited.get());
      awaitNext();
    }
  }

  private void compare(Checkpoint checkpoint) {
    counters.next(checkpoint);
    if (checkpoint.size() == edge.size() && !checkpoint.root().equals(edge.root())) {
      findings.add(
          Kind.CHECKPOINT_OF_ANOTHER_TREE,
          edge.size(),
          "its root is %s, and that of the first %d entries is %s"
              .formatted(checkpoint.root(), edge.size(), edge.root()));
    }
  }

  /** Compares the partial tiles as they must be now: where a log ends, those are stored, too. */
  public void comparePartialTiles() {
    edge.partialTiles().forEach(this::compare);
  }

  private void compare(PlacedTile tile) {
    if (tiles.isEmpty()) {
      return;
    }
    try {
      if (!Arrays.equals(tiles.get().read(tile.path()), tile.tile().bytes())) {
        add(Kind.TILE_CHANGED, tile, tile.path() + " is not over the entries from there on");
      }
    } catch (TileUnavailableException e) {
      add(Kind.TILE_MISSING, tile, String.valueOf(e.getMessage()));
    }
  }

  private void add(Kind kind, PlacedTile tile, String detail) {
    TilePath path = tile.path();
    long first = path.index() << (Tile.HEIGHT * (path.level() + 1));
    findings.add(new LedgerFinding(kind, first, detail, Optional.of(path)));
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
    } else if (last.isPresent() && !last.get().equals(hash)) {
      findings.add(
          Kind.TAIL_MISSING,
          next,
          "its last entry is %s, and its head %s".formatted(last.get(), hash));
    }
    endSwapped();
  }

  /** That was the last entry of a log whose head is its last checkpoint. */
  public void end(long size) {
    end(size, last.orElse(LedgerEntryData.GENESIS));
  }

  private void endSwapped() {
    swapped.pairs().forEach(findings::add);
  }
}
