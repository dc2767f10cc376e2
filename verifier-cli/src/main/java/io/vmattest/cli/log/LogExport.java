// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import io.vmattest.cli.output.ProgressLine;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.ledger.MalformedEntryException;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.EntryBundle;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.core.tlog.NoteRejectedException;
import io.vmattest.core.tlog.PlacedTile;
import io.vmattest.core.tlog.SignedNote;
import io.vmattest.core.tlog.Tile;
import io.vmattest.core.tlog.TileLayout;
import io.vmattest.core.tlog.TilePath;
import io.vmattest.core.tlog.TileUnavailableException;
import io.vmattest.core.tlog.TreeEdge;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Brings a folder up to a server's last checkpoint. The checkpoint is written last, after the tree
 * over all entries was found to have its root: a folder's checkpoint never covers what is not
 * there, whenever the export is broken off. What is there and whole is not fetched again. Tiles are
 * computed from the entries, not fetched: they are what was signed, or the export is refused.
 */
public final class LogExport {
  private final LogServer server;
  private final LogFolder folder;
  private final TrustedLog log;
  private final ProgressLine progress;
  private TreeEdge edge = TreeEdge.empty();
  private Optional<Checkpoint> before = Optional.empty();
  private Counts counts = new Counts(0, 0, 0);

  /**
   * What was fetched; the rest was there.
   *
   * @param bundles of entries
   */
  public record Counts(long bundles, long bodies, long checkpoints) {}

  public LogExport(LogServer server, LogFolder folder, TrustedLog log, ProgressLine progress) {
    this.server = server;
    this.folder = folder;
    this.log = log;
    this.progress = progress;
  }

  public Counts counts() {
    return counts;
  }

  /**
   * Exports.
   *
   * @return the checkpoint that the folder is at
   * @throws ExportRefusedException if something does not hold; the folder's checkpoint stays
   */
  public Checkpoint run() throws IOException, ExportRefusedException {
    SignedNote note = server.checkpoint();
    Checkpoint to = opened(note, "The server's checkpoint");
    before = exportedBefore();
    if (before.isPresent()) {
      requireLaterThan(before.get(), to);
    }
    for (TilePath path : TileLayout.bundles(to.size()).toList()) {
      bundle(path);
      progress.show("entries and bodies", (double) edge.size() / to.size());
    }
    if (!edge.root().equals(to.root())) {
      throw new ExportRefusedException(
          "The tree over the server's entries has the root %s, and %s was signed."
              .formatted(edge.root(), to.root()));
    }
    for (PlacedTile tile : edge.partialTiles()) {
      folder.write(tile.path().format(), tile.tile().bytes());
    }
    checkpoints(to.size());
    finish(note, to);
    return to;
  }

  private Optional<Checkpoint> exportedBefore() throws IOException, ExportRefusedException {
    try {
      Optional<SignedNote> note = folder.note(LogFolder.CHECKPOINT);
      return note.isPresent()
          ? Optional.of(opened(note.get(), "The folder's checkpoint"))
          : Optional.empty();
    } catch (MalformedTlogException e) {
      throw new ExportRefusedException("The folder's checkpoint is none: " + e.getMessage(), e);
    }
  }

  private Checkpoint opened(SignedNote note, String what)
      throws IOException, ExportRefusedException {
    try {
      return log.open(note).checkpoint();
    } catch (NoteRejectedException | MalformedTlogException e) {
      throw new ExportRefusedException(
          what + " is not signed by the log: " + e.getMessage() + ".", e);
    }
  }

  private static void requireLaterThan(Checkpoint before, Checkpoint to)
      throws ExportRefusedException {
    if (!before.origin().equals(to.origin())) {
      throw new ExportRefusedException(
          "The folder holds the log %s, and the server's is %s."
              .formatted(before.origin(), to.origin()));
    }
    if (before.size() > to.size()) {
      throw new ExportRefusedException(
          "The folder's checkpoint counts %d entries, and the server's %d: that log was put back."
              .formatted(before.size(), to.size()));
    }
  }

  private void bundle(TilePath path) throws IOException, ExportRefusedException {
    Optional<EntryBundle> there = whole(path);
    EntryBundle bundle = there.isPresent() ? there.get() : server.bundle(path);
    // First: what does not fit to the folder's checkpoint overwrites nothing.
    grow(bundle);
    if (there.isEmpty()) {
      folder.write(path.format(), bundle.bytes());
      counts = new Counts(counts.bundles() + 1, counts.bodies(), counts.checkpoints());
    }
    bodies(path.index() * Tile.MAX_WIDTH, bundle.entries());
  }

  /**
   * A bundle that is there, if its tile agrees that its bytes are still those that were written.
   */
  private Optional<EntryBundle> whole(TilePath path) {
    try {
      EntryBundle bundle = EntryBundle.parse(folder.read(path), path.width());
      byte[] tile = folder.read(new TilePath(0, path.index(), path.width()));
      return Optional.of(bundle).filter(b -> Arrays.equals(b.leaves().bytes(), tile));
    } catch (MalformedTlogException | TileUnavailableException e) {
      return Optional.empty();
    }
  }

  private void grow(EntryBundle bundle) throws IOException, ExportRefusedException {
    List<Digest> leaves = bundle.leaves().hashes();
    long end = edge.size() + leaves.size();
    if (before.isPresent() && before.get().size() > edge.size() && before.get().size() <= end) {
      int head = (int) (before.get().size() - edge.size());
      append(leaves.subList(0, head));
      requireSame(before.get());
      leaves = leaves.subList(head, leaves.size());
    }
    append(leaves);
  }

  private void requireSame(Checkpoint earlier) throws ExportRefusedException {
    if (!edge.root().equals(earlier.root())) {
      throw new ExportRefusedException(
          ("The first %d entries are not those of the folder's checkpoint: either the folder was"
                  + " changed (vmattest ledger fsck), or the server's log is another one.")
              .formatted(earlier.size()));
    }
  }

  private void append(List<Digest> leaves) throws IOException {
    TreeEdge.Appended grown = edge.append(leaves);
    edge = grown.edge();
    for (PlacedTile tile : grown.completed()) {
      folder.write(tile.path().format(), tile.tile().bytes());
    }
  }

  private void bodies(long first, List<byte[]> entries) throws IOException, ExportRefusedException {
    Map<Long, byte[]> fetched = Map.of();
    for (int i = 0; i < entries.size(); i++) {
      long index = first + i;
      Digest digest = entry(index, entries.get(i)).body();
      if (isThere(index, digest)) {
        continue;
      }
      if (!fetched.containsKey(index)) {
        fetched = server.bodies(index - 1, first + entries.size() - 1);
      }
      write(index, digest, Optional.ofNullable(fetched.get(index)));
    }
  }

  private static LedgerEntryData entry(long index, byte[] encoded) throws ExportRefusedException {
    try {
      LedgerEntryData entry = LedgerEntryData.parse(encoded);
      if (entry.index() == index) {
        return entry;
      }
      throw new ExportRefusedException(
          "Where entry %d should be is entry %d.".formatted(index, entry.index()));
    } catch (MalformedEntryException e) {
      throw new ExportRefusedException("Entry " + index + " is none: " + e.getMessage() + ".", e);
    }
  }

  private boolean isThere(long index, Digest digest) {
    try {
      return folder.body(index).map(Digest::sha256).filter(digest::equals).isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  private void write(long index, Digest digest, Optional<byte[]> body)
      throws IOException, ExportRefusedException {
    if (body.isEmpty() || !Digest.sha256(body.get()).equals(digest)) {
      throw new ExportRefusedException(
          "The server's body of entry %d is %s."
              .formatted(index, body.isEmpty() ? "not there" : "not the one that was recorded"));
    }
    folder.write(LogFolder.bodyName(index), body.get());
    counts = new Counts(counts.bundles(), counts.bodies() + 1, counts.checkpoints());
  }

  private void checkpoints(long last) throws IOException, ExportRefusedException {
    List<Long> sizes = folder.checkpointSizes();
    long above = sizes.isEmpty() ? -1 : sizes.get(sizes.size() - 1);
    Map<Long, SignedNote> page = server.checkpoints(above);
    while (!page.isEmpty() && above < last) {
      for (Map.Entry<Long, SignedNote> checkpoint : page.entrySet()) {
        long size = checkpoint.getKey();
        Checkpoint opened = opened(checkpoint.getValue(), "The checkpoint of " + size);
        if (opened.size() != size || size <= above) {
          throw new ExportRefusedException("The server's checkpoints are not in order.");
        }
        above = size;
        if (size <= last) {
          folder.write(LogFolder.checkpointName(size), checkpoint.getValue().encoded());
          counts = new Counts(counts.bundles(), counts.bodies(), counts.checkpoints() + 1);
        }
      }
      progress.show("checkpoints", Math.min(1, (double) above / last));
      page = server.checkpoints(above);
    }
  }

  private void finish(SignedNote note, Checkpoint to) throws IOException {
    String keys =
        server.keys().stream()
            .map(NoteKey::vkey)
            .collect(
                Collectors.joining(
                    "\n", "# As the server named them: believe those that you have.\n", "\n"));
    folder.write(LogFolder.KEYS, keys.getBytes(StandardCharsets.UTF_8));
    folder.write(LogFolder.checkpointName(to.size()), note.encoded());
    folder.write(LogFolder.CHECKPOINT, note.encoded());
    if (before.isPresent()) {
      TileLayout.tiles(before.get().size())
          .filter(TilePath::isPartial)
          .map(tile -> TileLayout.tile(to.size(), tile.level(), tile.index()).orElse(tile))
          .forEach(this::removeNarrower);
    }
  }

  private void removeNarrower(TilePath tile) {
    folder.removeNarrower(tile);
    if (tile.level() == 0) {
      folder.removeNarrower(TilePath.entries(tile.index(), tile.width()));
    }
  }
}
