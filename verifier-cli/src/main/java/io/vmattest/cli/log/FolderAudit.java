// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import io.vmattest.cli.output.ProgressLine;
import io.vmattest.core.ledger.AuditState;
import io.vmattest.core.ledger.LedgerAudit;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.ledger.LedgerFinding;
import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.ledger.LedgerFindings;
import io.vmattest.core.ledger.ReportCheck;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.Tile;
import io.vmattest.core.tlog.TileLayout;
import io.vmattest.core.tlog.TilePath;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Checks an exported log by its own bytes and the log's keys. Not thread-safe. */
final class FolderAudit {
  private static final Duration BETWEEN_STATES = Duration.ofSeconds(10);

  private final LogFolder folder;
  private final FolderHeads heads;
  private final Digest trusted;
  private final LedgerFindings findings;
  private final ReportCheck reports;
  private final ProgressLine progress;
  private final StateKeeper keeper;
  private final List<Optional<Instant>> since = new ArrayList<>();
  private Optional<Instant> held = Optional.empty();
  private Instant kept = Instant.now();

  /** Takes a state whenever there is one to go on from. */
  @FunctionalInterface
  interface StateKeeper {
    void keep(FolderState state) throws IOException;
  }

  FolderAudit(
      LogFolder folder,
      FolderHeads heads,
      Digest trusted,
      LedgerFindings findings,
      ReportCheck reports,
      ProgressLine progress,
      StateKeeper keeper) {
    this.folder = folder;
    this.heads = heads;
    this.trusted = trusted;
    this.findings = findings;
    this.reports = reports;
    this.progress = progress;
    this.keeper = keeper;
  }

  /**
   * Reads the log from a state on.
   *
   * @param stamps of the files before it
   */
  List<FolderFinding> run(Checkpoint head, AuditState from, FolderStamps stamps)
      throws IOException {
    LedgerAudit audit =
        new LedgerAudit(
            heads.above(from.edge().size()), Optional.of(folder), findings, reports, from);
    Iterator<TilePath> bundles =
        TileLayout.bundles(head.size()).skip(from.edge().size() / Tile.MAX_WIDTH).iterator();
    if (head.size() == from.edge().size()) {
      heads.know(head);
    }
    compareOthers(audit);
    mark();
    Optional<Stamped> next = read(bundles, stamps);
    while (next.isPresent()) {
      Stamped bundle = next.get();
      next = read(bundles, stamps);
      check(audit, bundle.entries(), next.map(Stamped::entries));
      progress.show("entries", (double) audit.edge().size() / head.size());
      if (bundle.stamps().isPresent() && findings.size() == 0) {
        boolean isLast = next.isEmpty() || next.get().entries().path().isPartial();
        keep(audit, bundle.stamps().get(), head, isLast);
      }
    }
    audit.comparePartialTiles();
    new FolderLeftovers(folder, head.size()).compare(findings);
    audit.end(head.size());
    mark();
    return placed(head.size());
  }

  /**
   * A bundle that was read.
   *
   * @param stamps of all files up to its end, taken before they were read; empty if it is partial
   */
  private record Stamped(FolderEntries entries, Optional<Digest> stamps) {}

  private Optional<Stamped> read(Iterator<TilePath> bundles, FolderStamps stamps) {
    if (!bundles.hasNext()) {
      return Optional.empty();
    }
    TilePath path = bundles.next();
    Optional<Digest> stamped = stamp(path, stamps);
    return Optional.of(new Stamped(FolderEntries.read(folder, path), stamped));
  }

  private void check(LedgerAudit audit, FolderEntries bundle, Optional<FolderEntries> next) {
    BundleAudit checked = new BundleAudit(folder, audit, bundle, next);
    for (int at = 0; at < bundle.path().width(); at++) {
      int before = findings.size();
      Optional<LedgerEntryData> entry = checked.check(at);
      compareOthers(audit);
      mark();
      if (findings.size() == before && entry.isPresent()) {
        held = Optional.of(entry.get().at());
      }
    }
  }

  /** A checkpoint from elsewhere is no file of the folder: its finding says what it is. */
  private void compareOthers(LedgerAudit audit) {
    for (Checkpoint other : heads.others()) {
      if (other.size() == audit.edge().size() && !other.root().equals(audit.edge().root())) {
        findings.add(
            Kind.CHECKPOINT_OF_ANOTHER_TREE,
            other.size(),
            "a checkpoint that is known of the first %d entries has the root %s, and theirs is %s"
                .formatted(other.size(), other.root(), audit.edge().root()));
      }
    }
  }

  private Optional<Digest> stamp(TilePath path, FolderStamps stamps) {
    if (path.isPartial()) {
      return Optional.empty();
    }
    long first = path.index() * Tile.MAX_WIDTH;
    return stamps.add(path.index(), heads.sizes(first, first + Tile.MAX_WIDTH));
  }

  private void keep(LedgerAudit audit, Digest stamps, Checkpoint head, boolean isLast)
      throws IOException {
    boolean isTime = Duration.between(kept, Instant.now()).compareTo(BETWEEN_STATES) > 0;
    Optional<AuditState> state = audit.state();
    if (state.isPresent() && (isLast || isTime)) {
      keeper.keep(new FolderState(trusted, state.get(), stamps, head));
      kept = Instant.now();
    }
  }

  private void mark() {
    while (since.size() < findings.size()) {
      since.add(held);
    }
  }

  private List<FolderFinding> placed(long size) {
    List<LedgerFinding> all = findings.all();
    List<FolderFinding> placed = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      placed.add(FolderFinding.of(all.get(i), size, since.get(i)));
    }
    return placed;
  }
}
