// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What of a tree is needed to append to it: the partial tile of each level, at most 255 hashes of
 * 32 bytes. Immutable.
 *
 * @see <a href="https://c2sp.org/tlog-tiles">Tiled transparency logs, Partial tiles</a>
 */
public final class TreeEdge {
  private static final TreeEdge EMPTY = new TreeEdge(0, List.of());
  private final long size;

  /**
   * The hashes of each level's partial tile, from the leaves up; none where it has no such tile.
   */
  private final List<List<Digest>> levels;

  private TreeEdge(long size, List<List<Digest>> levels) {
    this.size = size;
    this.levels = levels;
  }

  /** Of the tree without leaves. */
  public static TreeEdge empty() {
    return EMPTY;
  }

  /**
   * The edge of a tree whose tiles are stored. Only lengths are checked: compare the root with the
   * last checkpoint's.
   *
   * @param size of the tree, in leaves
   */
  public static TreeEdge read(TileSource source, long size)
      throws MalformedTlogException, TileUnavailableException {
    List<List<Digest>> levels = new ArrayList<>();
    for (int level = 0; level < TileLayout.levels(size); level++) {
      Optional<TilePath> partial = TileLayout.partialTile(size, level);
      levels.add(partial.isEmpty() ? List.of() : TileNodes.read(source, partial.get()).hashes());
    }
    return new TreeEdge(size, List.copyOf(levels));
  }

  /**
   * A tree after it grew.
   *
   * @param edge of the tree as it is now
   * @param completed the tiles that became full, each after those below it that it consists of
   */
  public record Appended(TreeEdge edge, List<PlacedTile> completed) {
    public Appended {
      completed = List.copyOf(completed);
    }
  }

  /** Appends leaves; this edge stays what it is. */
  public Appended append(List<Digest> leafHashes) {
    List<List<Digest>> grown = new ArrayList<>();
    levels.forEach(level -> grown.add(new ArrayList<>(level)));
    List<PlacedTile> completed = new ArrayList<>();
    long newSize = size;
    for (Digest leafHash : leafHashes) {
      newSize++;
      add(grown, 0, leafHash, newSize, completed);
    }
    return new Appended(
        new TreeEdge(newSize, grown.stream().map(List::copyOf).toList()), completed);
  }

  private static void add(
      List<List<Digest>> levels, int level, Digest hash, long size, List<PlacedTile> completed) {
    if (level == levels.size()) {
      levels.add(new ArrayList<>());
    }
    List<Digest> hashes = levels.get(level);
    hashes.add(hash);
    if (hashes.size() == Tile.MAX_WIDTH) {
      Tile tile = new Tile(hashes);
      long index = TileLayout.fullTiles(size, level) - 1;
      completed.add(new PlacedTile(new TilePath(level, index, Tile.MAX_WIDTH), tile));
      hashes.clear();
      add(levels, level + 1, tile.root(), size, completed);
    }
  }

  /** Leaves in the tree. */
  public long size() {
    return size;
  }

  /** The root; takes at most 255 hashes a level. */
  public Digest root() {
    Optional<Digest> root = Optional.empty();
    for (List<Digest> level : levels) {
      if (!level.isEmpty()) {
        root = Optional.of(rootOver(new Tile(level), root));
      }
    }
    return root.orElseGet(Digest::sha256);
  }

  /** The root over a partial tile and what is to the right of it: perfect subtrees, folded. */
  private static Digest rootOver(Tile tile, Optional<Digest> right) {
    Optional<Digest> root = right;
    int end = tile.width();
    while (end > 0) {
      int subtree = Integer.lowestOneBit(end);
      int height = Integer.numberOfTrailingZeros(subtree);
      Digest left = tile.node(height, (end >> height) - 1);
      root = Optional.of(root.map(hash -> MerkleTree.nodeHash(left, hash)).orElse(left));
      end -= subtree;
    }
    return root.orElseThrow();
  }

  /** The partial tiles that a log has to serve for a checkpoint of this size. */
  public List<PlacedTile> partialTiles() {
    List<PlacedTile> tiles = new ArrayList<>();
    for (int level = 0; level < levels.size(); level++) {
      Optional<TilePath> path = TileLayout.partialTile(size, level);
      if (path.isPresent()) {
        tiles.add(new PlacedTile(path.get(), new Tile(levels.get(level))));
      }
    }
    return tiles;
  }
}
