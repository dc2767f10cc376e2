// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import io.vmattest.core.merkle.ConsistencyProof;
import io.vmattest.core.merkle.InclusionProof;
import io.vmattest.core.report.Digest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * A tree of which only those tiles are read that an answer needs: of each level at most two for a
 * proof, and only those that a tree of this size has. The tiles' lengths are checked, their hashes
 * are not: an answer is worth what a checkpoint's root says that verifies it.
 *
 * @param source of the tiles
 * @param size in leaves
 * @see <a href="https://c2sp.org/tlog-tiles">Tiled transparency logs</a>
 */
public record TileTree(TileSource source, long size) {
  /**
   * @throws IllegalArgumentException if the size is negative
   */
  public TileTree {
    if (size < 0) {
      throw new IllegalArgumentException("a tree's size is not negative");
    }
  }

  /** The root as the tiles have it. */
  public Digest root() throws MalformedTlogException, TileUnavailableException {
    return root(size);
  }

  /**
   * The root that the tree had when it was smaller.
   *
   * @param earlier size, up to this one
   */
  public Digest root(long earlier) throws MalformedTlogException, TileUnavailableException {
    if (earlier < 0 || earlier > size) {
      throw new IndexOutOfBoundsException("no tree of " + earlier + " within one of " + size);
    }
    return earlier == 0 ? Digest.sha256() : nodes().hash(0, earlier);
  }

  /**
   * @throws IndexOutOfBoundsException if there is no such leaf
   */
  public Digest leafHash(long index) throws MalformedTlogException, TileUnavailableException {
    Objects.checkIndex(index, size);
    return nodes().hash(index, index + 1);
  }

  /**
   * Proof that a leaf is in the tree (RFC 6962, 2.1.1).
   *
   * @throws IndexOutOfBoundsException if there is no such leaf
   */
  public InclusionProof inclusionProof(long index)
      throws MalformedTlogException, TileUnavailableException {
    Objects.checkIndex(index, size);
    TileNodes nodes = nodes();
    List<Digest> downwards = new ArrayList<>();
    long from = 0;
    long to = size;
    while (to - from > 1) {
      long split = from + largestPowerOfTwoBelow(to - from);
      if (index < split) {
        downwards.add(nodes.hash(split, to));
        to = split;
      } else {
        downwards.add(nodes.hash(from, split));
        from = split;
      }
    }
    Collections.reverse(downwards);
    return new InclusionProof(index, size, downwards);
  }

  /**
   * Proof that a smaller tree is a prefix of a larger one (RFC 6962, 2.1.2).
   *
   * @param first size of the smaller one, at least 1
   * @param second size of the larger one, up to this one's
   */
  public ConsistencyProof consistencyProof(long first, long second)
      throws MalformedTlogException, TileUnavailableException {
    if (first < 1 || first > second || second > size) {
      throw new IndexOutOfBoundsException(
          "no trees of " + first + " and " + second + " within one of " + size);
    }
    TileNodes nodes = nodes();
    List<Digest> downwards = new ArrayList<>();
    long from = 0;
    long to = second;
    while (first < to) {
      long split = from + largestPowerOfTwoBelow(to - from);
      if (first <= split) {
        downwards.add(nodes.hash(split, to));
        to = split;
      } else {
        downwards.add(nodes.hash(from, split));
        from = split;
      }
    }
    // What is left is the end of the smaller tree; where it is all of it, the verifier has its
    // root.
    if (from > 0) {
      downwards.add(nodes.hash(from, to));
    }
    Collections.reverse(downwards);
    return new ConsistencyProof(first, second, downwards);
  }

  private TileNodes nodes() {
    return new TileNodes(source, size);
  }

  private static long largestPowerOfTwoBelow(long n) {
    return Long.highestOneBit(n - 1);
  }
}
