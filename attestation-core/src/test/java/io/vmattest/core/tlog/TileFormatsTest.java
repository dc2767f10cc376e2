// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TileFormatsTest {
  @Test
  void pathsAreWrittenInGroupsOfThreeDigits() throws Exception {
    assertPath("tile/0/x001/x234/067", new TilePath(0, 1_234_067, 256));
    assertPath("tile/4/x001/x234/067.p/1", new TilePath(4, 1_234_067, 1));
    assertPath("tile/0/000", new TilePath(0, 0, 256));
    assertPath("tile/0/x001/000", new TilePath(0, 1000, 256));
    assertPath("tile/63/999.p/255", new TilePath(63, 999, 255));
    assertPath("tile/entries/x273/112.p/16", TilePath.entries(273_112, 16));
    assertPath("tile/0/x036/x028/x797/x018/x963/967", new TilePath(0, Long.MAX_VALUE / 256, 256));
  }

  private static void assertPath(String text, TilePath path) throws Exception {
    assertEquals(text, path.format());
    assertEquals(path, TilePath.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile/data/000",
        "tile/8/0/000",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/x000/000",
        "tile/0/x000/x001/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/x001/x234",
        "tile/0/X001/000",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/1/",
        "tile/0/000.p/-1",
        "tile/0/../000",
        "tile/0/000\n",
        "tile/0/\u0660\u0660\u0660",
        "tile/0/x036/x028/x797/x018/x963/968",
        "tile/0/x001/x036/x028/x797/x018/x963/967",
      })
  void pathsOfAnyOtherFormAreRefused(String path) {
    assertThrows(MalformedTlogException.class, () -> TilePath.parse(path));
  }

  @Test
  void layoutIsTheSpecificationsExample() {
    // "a tree of size 70,000 will be represented by 273 full level 0 tiles, one partial level 0
    // tile of width 112, one full level 1 tile, one partial level 1 tile of width 17, and one
    // partial level 2 tile of width 1"
    assertEquals(3, TileLayout.levels(70_000));
    assertEquals(273, TileLayout.fullTiles(70_000, 0));
    assertEquals(112, TileLayout.partialWidth(70_000, 0));
    assertEquals(1, TileLayout.fullTiles(70_000, 1));
    assertEquals(17, TileLayout.partialWidth(70_000, 1));
    assertEquals(0, TileLayout.fullTiles(70_000, 2));
    assertEquals(1, TileLayout.partialWidth(70_000, 2));
    assertEquals(273 + 1 + 1 + 1 + 1, TileLayout.tiles(70_000).count());
    assertEquals(274, TileLayout.bundles(70_000).count());
    // "a tree of size 256 will be represented by a full level 0 tile and a partial level 1 tile of
    // width 1"
    assertEquals(
        List.of(new TilePath(0, 0, 256), new TilePath(1, 0, 1)), TileLayout.tiles(256).toList());
  }

  @Test
  void layoutKnowsWhichTilesATreeHasNot() {
    assertEquals(List.of(), TileLayout.tiles(0).toList());
    assertEquals(Optional.empty(), TileLayout.partialTile(256, 0));
    assertEquals(Optional.empty(), TileLayout.tile(256, 0, 1));
    assertEquals(Optional.empty(), TileLayout.tile(256, 0, -1));
    assertEquals(Optional.empty(), TileLayout.tile(257, 9, 0));
    assertEquals(Optional.of(new TilePath(0, 1, 1)), TileLayout.tile(257, 0, 1));
    assertEquals(8, TileLayout.levels(Long.MAX_VALUE));
    assertThrows(IllegalArgumentException.class, () -> TileLayout.levels(-1));
  }

  @Test
  void tilesAreTheirHashesOneAfterTheOther() throws Exception {
    Tile tile = new Tile(MemoryTiles.leaves(5));
    assertEquals(5 * 32, tile.bytes().length);
    assertEquals(tile, Tile.parse(tile.bytes(), 5));
    assertEquals(new Tile(MemoryTiles.leaves(3)), tile.prefix(3));
    assertEquals(MerkleTree.root(MemoryTiles.leaves(4)), tile.node(2, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> tile.node(2, 1));
    assertFalse(tile.isFull());
    assertThrows(IllegalStateException.class, tile::root);
    Tile full = new Tile(MemoryTiles.leaves(256));
    assertTrue(full.isFull());
    assertEquals(MerkleTree.root(MemoryTiles.leaves(256)), full.root());
    assertThrows(IllegalArgumentException.class, () -> new Tile(MemoryTiles.leaves(257)));
    assertThrows(IllegalArgumentException.class, () -> new Tile(List.of()));
    assertThrows(IllegalArgumentException.class, () -> new PlacedTile(new TilePath(0, 0, 4), tile));
  }

  @Test
  void tilesOfAnotherLengthAreRefused() {
    for (int bytes : new int[] {0, 31, 33, 64, 96, 8192}) {
      assertThrows(MalformedTlogException.class, () -> Tile.parse(new byte[bytes], 1));
    }
    assertThrows(MalformedTlogException.class, () -> Tile.parse(new byte[0], 0));
    assertThrows(MalformedTlogException.class, () -> Tile.parse(new byte[257 * 32], 257));
    assertThrows(MalformedTlogException.class, () -> Tile.parse(new byte[0], -1));
  }

  @Test
  void bundlesGiveBackEveryEntryAndItsLeaf() throws Exception {
    Random random = new Random(3);
    List<byte[]> entries =
        random.ints(256, 0, 300).mapToObj(byte[]::new).collect(Collectors.toList());
    entries.forEach(random::nextBytes);
    entries.set(7, new byte[EntryBundle.MAX_ENTRY_SIZE]);
    entries.set(8, new byte[0]);
    EntryBundle bundle = EntryBundle.parse(EntryBundle.of(entries).bytes(), 256);
    assertEquals(256, bundle.width());
    for (int i = 0; i < 256; i++) {
      assertArrayEquals(entries.get(i), bundle.entries().get(i));
    }
    List<Digest> leaves = entries.stream().map(MerkleTree::leafHash).toList();
    assertEquals(new Tile(leaves), bundle.leaves());
  }

  @Test
  void bundlesAreLengthPrefixedBigEndian() {
    byte[] bytes = EntryBundle.of(List.of(new byte[258], new byte[] {9})).bytes();
    assertEquals(2 + 258 + 2 + 1, bytes.length);
    assertArrayEquals(new byte[] {1, 2, 0}, Arrays.copyOf(bytes, 3));
    assertArrayEquals(new byte[] {0, 0, 1, 9}, Arrays.copyOfRange(bytes, 259, 263));
  }

  @Test
  void bundlesOfAnotherLengthAreRefused() {
    byte[] two = {0, 1, 7, 0, 2, 8, 9};
    for (int width : new int[] {-1, 0, 1, 3, 257}) {
      assertThrows(MalformedTlogException.class, () -> EntryBundle.parse(two, width));
    }
    for (int length = 0; length < two.length; length++) {
      byte[] cut = Arrays.copyOf(two, length);
      assertThrows(MalformedTlogException.class, () -> EntryBundle.parse(cut, 2));
    }
    assertThrows(IllegalArgumentException.class, () -> EntryBundle.of(List.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> EntryBundle.of(Collections.nCopies(257, new byte[1])));
    assertThrows(IllegalArgumentException.class, () -> EntryBundle.of(List.of(new byte[0x10000])));
  }
}
