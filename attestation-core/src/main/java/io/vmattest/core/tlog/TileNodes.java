// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import java.util.HashMap;
import java.util.Map;

/** The nodes of one tree, from tiles each of which is read once. Not thread-safe. */
final class TileNodes {
  private final TileSource source;
  private final long treeSize;
  private final Map<TilePath, Tile> tiles = new HashMap<>();

  TileNodes(TileSource source, long treeSize) {
    this.source = source;
    this.treeSize = treeSize;
  }

  /** Of a tile, in bytes. */
  static int size(TilePath path) {
    return path.width() * Digest.SIZE;
  }

  /** Reads a tile that has to be as wide as its path says. */
  static Tile read(TileSource source, TilePath path)
      throws MalformedTlogException, TileUnavailableException {
    byte[] bytes = source.read(path);
    if (bytes.length != size(path)) {
      throw new MalformedTlogException(path + " has " + bytes.length + " bytes");
    }
    return Tile.parse(bytes, path.width());
  }

  /**
   * The Merkle Tree Hash of the leaves from one index to before another, at least one.
   *
   * @param from a multiple of the largest power of two below or at their number
   */
  Digest hash(long from, long to) throws MalformedTlogException, TileUnavailableException {
    long perfect = Long.highestOneBit(to - from);
    int height = Long.numberOfTrailingZeros(perfect);
    Digest left = node(height, from >> height);
    return from + perfect == to ? left : MerkleTree.nodeHash(left, hash(from + perfect, to));
  }

  /** The root of the perfect subtree at an index among those of its height. */
  private Digest node(int height, long index)
      throws MalformedTlogException, TileUnavailableException {
    int level = height / Tile.HEIGHT;
    int heightInTile = height % Tile.HEIGHT;
    int nodesInTile = Tile.MAX_WIDTH >> heightInTile;
    return tile(level, index / nodesInTile).node(heightInTile, (int) (index % nodesInTile));
  }

  private Tile tile(int level, long index) throws MalformedTlogException, TileUnavailableException {
    TilePath path =
        TileLayout.tile(treeSize, level, index)
            .orElseThrow(() -> new IndexOutOfBoundsException("no tile in a tree of " + treeSize));
    Tile tile = tiles.get(path);
    if (tile == null) {
      tile = read(source, path);
      tiles.put(path, tile);
    }
    return tile;
  }
}
