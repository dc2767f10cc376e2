// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.merkle;

import io.vmattest.core.report.Digest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/** Computes a root leaf by leaf in memory logarithmic in their number. Not thread-safe. */
public final class MerkleRootBuilder {
  /** Roots of the perfect subtrees so far, the smallest on top. */
  private final Deque<Digest> subtrees = new ArrayDeque<>();

  private long size;

  /** Adds a leaf with this data. */
  public void add(byte[] data) {
    addHash(MerkleTree.leafHash(data));
  }

  /** Adds a leaf by its hash. */
  public void addHash(Digest leafHash) {
    Digest subtree = leafHash;
    // Each trailing one bit of the size is a perfect subtree as large as the new one.
    for (long bits = size; (bits & 1) == 1; bits >>= 1) {
      subtree = MerkleTree.nodeHash(subtrees.pop(), subtree);
    }
    subtrees.push(subtree);
    size++;
  }

  /** How many leaves were added. */
  public long size() {
    return size;
  }

  /** The root over the leaves added so far; more may be added afterwards. */
  public Digest root() {
    Iterator<Digest> smallestFirst = subtrees.iterator();
    if (!smallestFirst.hasNext()) {
      return MerkleTree.emptyRoot();
    }
    Digest root = smallestFirst.next();
    while (smallestFirst.hasNext()) {
      root = MerkleTree.nodeHash(smallestFirst.next(), root);
    }
    return root;
  }
}
