// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import java.util.Arrays;

/** Where tiles come from; what it gives is not trusted. */
@FunctionalInterface
public interface TileSource {
  /**
   * The bytes of a tile, or of a bundle of entries.
   *
   * @throws TileUnavailableException if there is none, or it cannot be had
   */
  byte[] read(TilePath path) throws TileUnavailableException;

  /**
   * A source that takes the full tile for a partial one that this no longer has: "Logs ... MAY
   * delete any partial tile once the corresponding full tile is ... available".
   */
  default TileSource fallingBackToFullTiles() {
    return path -> {
      try {
        return read(path);
      } catch (TileUnavailableException e) {
        if (!path.isPartial() || path.isEntries()) {
          throw e;
        }
        byte[] full = read(path.full());
        return Arrays.copyOf(full, Math.min(full.length, TileNodes.size(path)));
      }
    };
  }
}
