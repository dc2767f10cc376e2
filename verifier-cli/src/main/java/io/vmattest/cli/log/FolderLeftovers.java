// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import io.vmattest.core.ledger.LedgerFinding;
import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.ledger.LedgerFindings;
import io.vmattest.core.tlog.EntryBundle;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.TileLayout;
import io.vmattest.core.tlog.TilePath;
import io.vmattest.core.tlog.TileUnavailableException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * The files of a folder that its last checkpoint does not need: tiles and bundles that were partial
 * in a smaller tree, which are the beginnings of the wider ones, and what an export that was broken
 * off left behind the end.
 */
final class FolderLeftovers {
  private final LogFolder folder;
  private final long size;

  FolderLeftovers(LogFolder folder, long size) {
    this.folder = folder;
    this.size = size;
  }

  /** Compares the narrower ones with the wider ones. */
  void compare(LedgerFindings findings) throws IOException {
    for (String name : folder.names("tile")) {
      Optional<TilePath> path = parsed(name);
      Optional<TilePath> wider = path.flatMap(this::needed);
      if (wider.isPresent() && path.get().width() < wider.get().width()) {
        compare(path.get(), wider.get(), findings);
      }
    }
  }

  private void compare(TilePath path, TilePath wider, LedgerFindings findings) {
    try {
      byte[] bytes = folder.read(path);
      byte[] whole = folder.read(wider);
      boolean isBeginning =
          bytes.length <= whole.length && Arrays.equals(bytes, Arrays.copyOf(whole, bytes.length));
      int width =
          path.isEntries() ? EntryBundle.wholeEntries(bytes, 256).size() : bytes.length / 32;
      if (!isBeginning || width != path.width()) {
        findings.add(
            new LedgerFinding(
                Kind.TILE_CHANGED,
                path.index() * 256,
                path + " is not the beginning of " + wider,
                Optional.of(path)));
      }
    } catch (TileUnavailableException e) {
      // The wider one is missed by the audit.
    }
  }

  /** How many files nobody looked at. */
  long unread() throws IOException {
    long tiles =
        folder.names("tile").stream()
            .filter(name -> parsed(name).flatMap(this::needed).isEmpty())
            .count();
    long bodies = folder.names("body").stream().filter(name -> !isBody(name)).count();
    return tiles + bodies;
  }

  private boolean isBody(String name) {
    try {
      long index = Long.parseLong(name.substring("body/".length()).replaceAll("[x/]", ""));
      return index < size && LogFolder.bodyName(index).equals(name);
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private static Optional<TilePath> parsed(String name) {
    try {
      return Optional.of(TilePath.parse(name));
    } catch (MalformedTlogException e) {
      return Optional.empty();
    }
  }

  /** The tile of that index that the tree has; empty if it has none as wide. */
  private Optional<TilePath> needed(TilePath path) {
    int level = path.isEntries() ? 0 : path.level();
    return TileLayout.tile(size, level, path.index())
        .filter(tile -> tile.width() >= path.width())
        .map(tile -> new TilePath(path.level(), tile.index(), tile.width()));
  }
}
