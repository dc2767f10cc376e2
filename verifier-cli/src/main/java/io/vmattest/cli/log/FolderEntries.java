// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.ledger.MalformedEntryException;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.EntryBundle;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.Tile;
import io.vmattest.core.tlog.TilePath;
import io.vmattest.core.tlog.TileUnavailableException;
import java.util.List;
import java.util.Optional;

/**
 * A bundle of entries as a folder has it, with the tile of their leaves.
 *
 * @param entries those that are whole
 * @param fault why there are not all; empty if there are
 * @param leaves empty if the tile is not there, or no tile
 */
record FolderEntries(
    TilePath path, List<byte[]> entries, Optional<String> fault, Optional<Tile> leaves) {
  static FolderEntries read(LogFolder folder, TilePath path) {
    Optional<Tile> leaves = leaves(folder, path);
    byte[] bytes;
    try {
      bytes = folder.read(path);
    } catch (TileUnavailableException e) {
      return new FolderEntries(
          path, List.of(), Optional.of(String.valueOf(e.getMessage())), leaves);
    }
    try {
      List<byte[]> entries = EntryBundle.parse(bytes, path.width()).entries();
      return new FolderEntries(path, entries, Optional.empty(), leaves);
    } catch (MalformedTlogException e) {
      List<byte[]> whole = EntryBundle.wholeEntries(bytes, path.width());
      return new FolderEntries(path, whole, Optional.of(path + ": " + e.getMessage()), leaves);
    }
  }

  private static Optional<Tile> leaves(LogFolder folder, TilePath path) {
    try {
      return Optional.of(
          Tile.parse(folder.read(new TilePath(0, path.index(), path.width())), path.width()));
    } catch (TileUnavailableException | MalformedTlogException e) {
      // The audit says so when it compares the tile.
      return Optional.empty();
    }
  }

  long first() {
    return path.index() * Tile.MAX_WIDTH;
  }

  Optional<byte[]> entry(int at) {
    return at < entries.size() ? Optional.of(entries.get(at)) : Optional.empty();
  }

  Optional<Digest> leaf(int at) {
    return leaves.map(tile -> tile.hashes().get(at));
  }

  /** What the entry there names as the hash of the one before. */
  Optional<Digest> previous(int at) {
    try {
      Optional<byte[]> entry = entry(at);
      return entry.isPresent()
          ? Optional.of(LedgerEntryData.parse(entry.get()).previous())
          : Optional.empty();
    } catch (MalformedEntryException e) {
      return Optional.empty();
    }
  }
}
