// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Consecutive hashes of a level of a tree: the leaves of a subtree of height 8, some of them where
 * it is partial.
 *
 * @param hashes 1 to 256
 * @see <a href="https://c2sp.org/tlog-tiles">Tiled transparency logs, Merkle tree</a>
 */
public record Tile(List<Digest> hashes) {
  /** Levels of the tree from a tile's hashes to its root. */
  public static final int HEIGHT = 8;

  /** Of a full tile, in hashes. */
  public static final int MAX_WIDTH = 1 << HEIGHT;

  /**
   * @throws IllegalArgumentException if there are none, or too many
   */
  public Tile {
    hashes = List.copyOf(hashes);
    if (hashes.isEmpty() || hashes.size() > MAX_WIDTH) {
      throw new IllegalArgumentException("a tile has 1 to " + MAX_WIDTH + " hashes");
    }
  }

  /**
   * @param width that the tile must have, in hashes
   */
  public static Tile parse(byte[] bytes, int width) throws MalformedTlogException {
    if (width < 1 || width > MAX_WIDTH || bytes.length != width * Digest.SIZE) {
      throw new MalformedTlogException(
          "a tile of " + bytes.length + " bytes is none of " + width + " hashes");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    List<Digest> hashes = new ArrayList<>(width);
    byte[] hash = new byte[Digest.SIZE];
    while (buffer.hasRemaining()) {
      buffer.get(hash);
      hashes.add(Digest.of(hash));
    }
    return new Tile(hashes);
  }

  /** The hashes, one after the other. */
  public byte[] bytes() {
    ByteBuffer buffer = ByteBuffer.allocate(width() * Digest.SIZE);
    hashes.forEach(hash -> buffer.put(hash.bytes()));
    return buffer.array();
  }

  public int width() {
    return hashes.size();
  }

  public boolean isFull() {
    return width() == MAX_WIDTH;
  }

  /** The partial tile that this was when it had so many hashes. */
  public Tile prefix(int newWidth) {
    return new Tile(hashes.subList(0, newWidth));
  }

  /**
   * The hash for the tile above.
   *
   * @throws IllegalStateException if it is partial: such a tile "MUST NOT be hashed into a tile at
   *     the level above"
   */
  public Digest root() {
    if (!isFull()) {
      throw new IllegalStateException("a partial tile has no root");
    }
    return node(HEIGHT, 0);
  }

  /**
   * The root of a perfect subtree.
   *
   * @param height above the tile's hashes, 0 to 8
   * @param index among the subtrees of that height
   * @throws IndexOutOfBoundsException if it is not all in the tile
   */
  public Digest node(int height, int index) {
    Objects.checkIndex(height, HEIGHT + 1);
    Objects.checkIndex(index, width() >> height);
    return MerkleTree.root(hashes.subList(index << height, (index + 1) << height));
  }
}
