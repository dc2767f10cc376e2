// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** The tiles of a log in memory, as a server would store and serve them; counts what is read. */
final class MemoryTiles implements TileSource {
  private static final List<Digest> LEAVES =
      LongStream.range(0, 71_000).mapToObj(i -> MerkleTree.leafHash(entry(i))).toList();

  private final Map<TilePath, byte[]> tiles = new HashMap<>();
  private final List<TilePath> read = new ArrayList<>();
  private TreeEdge edge = TreeEdge.empty();

  static byte[] entry(long index) {
    return ("entry " + index).getBytes(StandardCharsets.UTF_8);
  }

  static List<Digest> leaves(int size) {
    return LEAVES.subList(0, size);
  }

  /** The log of so many entries, appended at once. */
  static MemoryTiles of(int size) {
    MemoryTiles log = new MemoryTiles();
    log.append(leaves(size));
    return log;
  }

  void append(List<Digest> leafHashes) {
    TreeEdge.Appended appended = edge.append(leafHashes);
    appended.completed().forEach(this::put);
    edge = appended.edge();
    edge.partialTiles().forEach(this::put);
  }

  private void put(PlacedTile placed) {
    tiles.put(placed.path(), placed.tile().bytes());
  }

  void put(TilePath path, byte[] bytes) {
    tiles.put(path, bytes);
  }

  void remove(TilePath path) {
    tiles.remove(path);
  }

  TreeEdge edge() {
    return edge;
  }

  TileTree tree() {
    return new TileTree(this, edge.size());
  }

  @Override
  public byte[] read(TilePath path) throws TileUnavailableException {
    read.add(path);
    byte[] bytes = tiles.get(path);
    if (bytes == null) {
      throw new TileUnavailableException(path, "was never stored");
    }
    return bytes.clone();
  }

  /** What was read since the last time. */
  List<TilePath> takeRead() {
    List<TilePath> taken = List.copyOf(read);
    read.clear();
    return taken;
  }
}
