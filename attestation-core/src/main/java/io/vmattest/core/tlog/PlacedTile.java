// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

/** A tile and where it is; the path's width is the tile's. */
public record PlacedTile(TilePath path, Tile tile) {
  /**
   * @throws IllegalArgumentException if the tile is not as wide as its path says
   */
  public PlacedTile {
    if (path.isEntries() || path.width() != tile.width()) {
      throw new IllegalArgumentException("a tile of " + tile.width() + " is not at " + path);
    }
  }
}
