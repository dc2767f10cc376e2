// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Which tiles a tree of some size has.
 *
 * @see <a href="https://c2sp.org/tlog-tiles">Tiled transparency logs, Partial tiles</a>
 */
public final class TileLayout {
  private TileLayout() {}

  /** How many levels of tiles a tree has: none if it is empty. */
  public static int levels(long size) {
    int levels = 0;
    while (hashes(size, levels) > 0) {
      levels++;
    }
    return levels;
  }

  /** How many hashes a level has: floor(size / 256^level). */
  public static long hashes(long size, int level) {
    if (size < 0 || level < 0) {
      throw new IllegalArgumentException("neither sizes of trees nor levels are negative");
    }
    return level * Tile.HEIGHT < Long.SIZE ? size >> (level * Tile.HEIGHT) : 0;
  }

  /** How many full tiles a level has. */
  public static long fullTiles(long size, int level) {
    return hashes(size, level) / Tile.MAX_WIDTH;
  }

  /** Hashes in a level's partial tile, or 0 if there is none: floor(size / 256^level) mod 256. */
  public static int partialWidth(long size, int level) {
    return (int) (hashes(size, level) % Tile.MAX_WIDTH);
  }

  /** The tile at an index of a level, as wide as in a tree of this size, if it has one. */
  public static Optional<TilePath> tile(long size, int level, long index) {
    long before = fullTiles(size, level);
    if (index >= 0 && index < before) {
      return Optional.of(new TilePath(level, index, Tile.MAX_WIDTH));
    }
    return index == before ? partialTile(size, level) : Optional.empty();
  }

  /** A level's partial tile, if it has one. */
  public static Optional<TilePath> partialTile(long size, int level) {
    int width = partialWidth(size, level);
    return width == 0
        ? Optional.empty()
        : Optional.of(new TilePath(level, fullTiles(size, level), width));
  }

  /** All tiles of a tree, level by level. */
  public static Stream<TilePath> tiles(long size) {
    return IntStream.range(0, levels(size)).boxed().flatMap(level -> tiles(size, level));
  }

  private static Stream<TilePath> tiles(long size, int level) {
    return Stream.concat(
        LongStream.range(0, fullTiles(size, level))
            .mapToObj(index -> new TilePath(level, index, Tile.MAX_WIDTH)),
        partialTile(size, level).stream());
  }

  /** All bundles of entries of a log. */
  public static Stream<TilePath> bundles(long size) {
    return tiles(size, 0).map(tile -> TilePath.entries(tile.index(), tile.width()));
  }
}
