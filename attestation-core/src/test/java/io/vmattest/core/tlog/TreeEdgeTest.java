// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TreeEdgeTest {
  @Test
  void rootIsThatOfTheTreeAfterEveryLeaf() {
    TreeEdge edge = TreeEdge.empty();
    List<Digest> leaves = MemoryTiles.leaves(600);
    for (int size = 0; size <= 600; size++) {
      assertEquals(size, edge.size());
      assertEquals(MerkleTree.root(leaves.subList(0, size)), edge.root(), size + " leaves");
      if (size < 600) {
        edge = edge.append(leaves.subList(size, size + 1)).edge();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void groupsOfAnySizeGiveTheSameTreeAndTilesAsOne(long seed) {
    Random random = new Random(seed);
    List<Digest> leaves = MemoryTiles.leaves(70_000);
    TreeEdge edge = TreeEdge.empty();
    Map<TilePath, Tile> completed = new HashMap<>();
    int size = 0;
    while (size < leaves.size()) {
      int next = Math.min(leaves.size(), size + random.nextInt(700));
      TreeEdge.Appended appended = edge.append(leaves.subList(size, next));
      for (PlacedTile placed : appended.completed()) {
        assertEquals(null, completed.put(placed.path(), placed.tile()), "completed once");
      }
      edge = appended.edge();
      size = next;
    }
    TreeEdge.Appended atOnce = TreeEdge.empty().append(leaves);
    assertEquals(atOnce.edge().root(), edge.root());
    assertEquals(atOnce.edge().partialTiles(), edge.partialTiles());
    assertEquals(atOnce.completed().size(), completed.size());
    atOnce.completed().forEach(tile -> assertEquals(tile.tile(), completed.get(tile.path())));
  }

  @Test
  void completedAndPartialTilesAreThoseOfTheLayoutAndHoldTheTreesHashes() {
    List<Digest> leaves = MemoryTiles.leaves(70_000);
    TreeEdge.Appended appended = TreeEdge.empty().append(leaves);
    List<PlacedTile> all = new ArrayList<>(appended.completed());
    all.addAll(appended.edge().partialTiles());
    assertEquals(
        TileLayout.tiles(70_000).toList().stream().sorted(TreeEdgeTest::order).toList(),
        all.stream().map(PlacedTile::path).sorted(TreeEdgeTest::order).toList());
    for (PlacedTile placed : all) {
      // MTH(D[(n * 256 + i) * 256**l : (n * 256 + i + 1) * 256**l]), the specification's words.
      int span = 1 << (8 * placed.path().level());
      for (int i = 0; i < placed.tile().width(); i += 37) {
        int from = ((int) placed.path().index() * 256 + i) * span;
        assertEquals(
            MerkleTree.root(leaves.subList(from, from + span)),
            placed.tile().hashes().get(i),
            placed.path() + " " + i);
      }
    }
  }

  private static int order(TilePath one, TilePath other) {
    return one.format().compareTo(other.format());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 255, 256, 257, 512, 65535, 65536, 65537})
  void anEdgeReadFromTilesGoesOnAsTheOneThatWroteThem(int size) throws Exception {
    MemoryTiles log = MemoryTiles.of(size);
    TreeEdge read = TreeEdge.read(log, size);
    assertEquals(log.edge().root(), read.root());
    List<Digest> more = MemoryTiles.leaves(size + 300).subList(size, size + 300);
    assertEquals(log.edge().append(more).completed(), read.append(more).completed());
    assertEquals(MerkleTree.root(MemoryTiles.leaves(size + 300)), read.append(more).edge().root());
  }

  @Test
  void anEdgeReadsOnlyPartialTilesOfTheRightLength() throws Exception {
    MemoryTiles log = MemoryTiles.of(700);
    TreeEdge.read(log, 700);
    assertEquals(List.of(new TilePath(0, 2, 188), new TilePath(1, 0, 2)), log.takeRead());
    log.put(new TilePath(1, 0, 2), new byte[63]);
    assertThrows(MalformedTlogException.class, () -> TreeEdge.read(log, 700));
    log.remove(new TilePath(1, 0, 2));
    assertThrows(TileUnavailableException.class, () -> TreeEdge.read(log, 700));
  }

  @Test
  void appendingLeavesTheEdgeAsItWas() {
    TreeEdge edge = TreeEdge.empty().append(MemoryTiles.leaves(300)).edge();
    Digest root = edge.root();
    edge.append(MemoryTiles.leaves(500));
    assertEquals(300, edge.size());
    assertEquals(root, edge.root());
    assertEquals(root, edge.append(List.of()).edge().root());
  }
}
