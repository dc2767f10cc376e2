// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.merkle.ConsistencyProof;
import io.vmattest.core.merkle.InclusionProof;
import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TileTreeTest {
  private static final int FULL_BYTES = Tile.MAX_WIDTH * Digest.SIZE;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 255, 256, 257, 511, 512, 1000, 65535, 65536, 65537, 70000})
  void rootIsThatOfTheTree(int size) throws Exception {
    Digest root = MerkleTree.root(MemoryTiles.leaves(size));
    MemoryTiles log = MemoryTiles.of(size);
    assertEquals(root, log.tree().root());
    assertEquals(root, log.edge().root());
  }

  @Test
  void everyProofOfSmallTreesIsThatOfTheTree() throws Exception {
    for (int size : new int[] {1, 2, 3, 7, 8, 33, 64}) {
      List<Digest> leaves = MemoryTiles.leaves(size);
      TileTree tree = MemoryTiles.of(size).tree();
      for (int i = 0; i < size; i++) {
        assertEquals(leaves.get(i), tree.leafHash(i));
        assertEquals(MerkleTree.inclusionProof(leaves, i), tree.inclusionProof(i));
        assertEquals(
            MerkleTree.consistencyProof(leaves, i + 1), tree.consistencyProof(i + 1, size));
        assertEquals(MerkleTree.root(leaves.subList(0, i)), tree.root(i));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {255, 256, 257, 1000, 65535, 65536, 65537, 70000})
  void randomProofsAreThoseOfTheTreeAndVerify(int size) throws Exception {
    List<Digest> leaves = MemoryTiles.leaves(size);
    TileTree tree = MemoryTiles.of(size).tree();
    Random random = new Random(size);
    int rounds = size > 10_000 ? 4 : 20;
    for (int round = 0; round < rounds; round++) {
      int index = round == 0 ? size - 1 : random.nextInt(size);
      InclusionProof inclusion = tree.inclusionProof(index);
      assertEquals(MerkleTree.inclusionProof(leaves, index), inclusion);
      assertTrue(inclusion.verify(tree.leafHash(index), tree.root()));
      int second = round == 0 ? size : 1 + random.nextInt(size);
      int first = 1 + random.nextInt(second);
      ConsistencyProof consistency = tree.consistencyProof(first, second);
      assertEquals(
          MerkleTree.consistencyProof(leaves.subList(0, second), first),
          consistency,
          first + " in " + second);
      assertTrue(consistency.verify(tree.root(first), tree.root(second)));
    }
  }

  @Test
  void onlyTheTilesOfThatSizeAreReadAndEachOnceAndFew() throws Exception {
    int size = 70000;
    MemoryTiles log = MemoryTiles.of(size);
    TileTree tree = log.tree();
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      tree.inclusionProof(random.nextInt(size));
      assertFewTilesOf(size, log.takeRead());
      tree.consistencyProof(1 + random.nextInt(size), size);
      assertFewTilesOf(size, log.takeRead());
    }
    tree.root();
    assertEquals(TileLayout.levels(size), log.takeRead().size());
    tree.leafHash(69999);
    assertEquals(List.of(new TilePath(0, 273, 112)), log.takeRead());
  }

  private static void assertFewTilesOf(long size, List<TilePath> read) {
    assertTrue(read.size() <= 2 * TileLayout.levels(size), read.toString());
    assertEquals(read.size(), new HashSet<>(read).size(), read.toString());
    for (TilePath path : read) {
      assertEquals(TileLayout.tile(size, path.level(), path.index()).orElseThrow(), path);
    }
  }

  @Test
  void aSmallerTreeIsReadFromTheTilesOfALargerOneByItsOwnPartialTiles() throws Exception {
    MemoryTiles log = MemoryTiles.of(300);
    log.append(MemoryTiles.leaves(900).subList(300, 900));
    TileTree before = new TileTree(log, 300);
    assertEquals(MerkleTree.root(MemoryTiles.leaves(300)), before.root());
    assertEquals(
        MerkleTree.inclusionProof(MemoryTiles.leaves(300), 299), before.inclusionProof(299));
  }

  @Test
  void aPartialTileThatIsGoneIsCutFromTheFullOne() throws Exception {
    MemoryTiles log = MemoryTiles.of(300);
    log.append(MemoryTiles.leaves(900).subList(300, 900));
    log.remove(new TilePath(0, 1, 44));
    TileUnavailableException gone =
        assertThrows(TileUnavailableException.class, () -> new TileTree(log, 300).root());
    assertEquals(new TilePath(0, 1, 44), gone.path());
    assertEquals(
        MerkleTree.root(MemoryTiles.leaves(300)),
        new TileTree(log.fallingBackToFullTiles(), 300).root());
  }

  @Test
  void aTileThatIsMissingAltogetherIsNamed() {
    MemoryTiles log = MemoryTiles.of(300);
    log.remove(new TilePath(0, 0, 256));
    TileTree tree = new TileTree(log.fallingBackToFullTiles(), 300);
    TileUnavailableException missing =
        assertThrows(TileUnavailableException.class, () -> tree.inclusionProof(3));
    assertEquals(new TilePath(0, 0, 256), missing.path());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 32, FULL_BYTES - 32, FULL_BYTES - 1, FULL_BYTES + 1, FULL_BYTES + 32})
  void aTileOfAnotherLengthIsRefused(int length) {
    MemoryTiles log = MemoryTiles.of(300);
    log.put(new TilePath(0, 0, 256), new byte[length]);
    assertThrows(MalformedTlogException.class, () -> log.tree().leafHash(0));
    assertThrows(MalformedTlogException.class, () -> log.tree().inclusionProof(0));
    assertThrows(MalformedTlogException.class, () -> log.tree().consistencyProof(3, 300));
  }

  @Test
  void aChangedTileGivesNoProofThatVerifies() throws Exception {
    MemoryTiles log = MemoryTiles.of(1000);
    Digest root = log.tree().root();
    byte[] bytes = log.read(new TilePath(0, 2, 256));
    bytes[5] ^= 1;
    log.put(new TilePath(0, 2, 256), bytes);
    InclusionProof changed = log.tree().inclusionProof(512);
    assertFalse(changed.verify(log.tree().leafHash(512), root));
    InclusionProof neighbour = log.tree().inclusionProof(513);
    assertFalse(neighbour.verify(log.tree().leafHash(513), root));
  }

  @Test
  void nothingOutsideTheTreeIsGiven() {
    TileTree tree = MemoryTiles.of(5).tree();
    assertThrows(IndexOutOfBoundsException.class, () -> tree.leafHash(5));
    assertThrows(IndexOutOfBoundsException.class, () -> tree.leafHash(-1));
    assertThrows(IndexOutOfBoundsException.class, () -> tree.inclusionProof(5));
    assertThrows(IndexOutOfBoundsException.class, () -> tree.consistencyProof(0, 5));
    assertThrows(IndexOutOfBoundsException.class, () -> tree.consistencyProof(4, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> tree.consistencyProof(4, 6));
    assertThrows(IndexOutOfBoundsException.class, () -> tree.root(6));
    assertThrows(IllegalArgumentException.class, () -> new TileTree(path -> new byte[0], -1));
  }

  @Test
  void theLargestTreeOverflowsNothing() throws Exception {
    // No such tree can be stored: all its hashes are the same.
    TileTree tree = new TileTree(path -> new byte[path.width() * Digest.SIZE], Long.MAX_VALUE);
    assertEquals(63, tree.inclusionProof(Long.MAX_VALUE / 2).path().size());
    assertEquals(62, tree.inclusionProof(Long.MAX_VALUE - 1).path().size());
    assertFalse(tree.consistencyProof(Long.MAX_VALUE - 1, Long.MAX_VALUE).path().isEmpty());
    assertEquals(tree.root(), TreeEdge.read(tree.source(), Long.MAX_VALUE).root());
  }
}
