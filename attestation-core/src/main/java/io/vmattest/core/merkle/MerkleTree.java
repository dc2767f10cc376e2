// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.merkle;

import io.vmattest.core.report.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The Merkle Tree Hash with SHA-256 (RFC 6962, 2.1), and proofs over it. */
public final class MerkleTree {
  private static final byte[] LEAF = {0};
  private static final byte NODE = 1;
  private static final Digest EMPTY = Digest.sha256();

  private MerkleTree() {}

  /** Hash of a leaf with this data. */
  public static Digest leafHash(byte[] data) {
    return Digest.sha256(LEAF, data);
  }

  /** Hash of the node over two. */
  public static Digest nodeHash(Digest left, Digest right) {
    return Digest.sha256(NODE, left, right);
  }

  /** Root over leaves with this data; SHA-256 of nothing if there are none. */
  public static Digest rootOfData(Iterable<byte[]> data) {
    MerkleRootBuilder builder = new MerkleRootBuilder();
    data.forEach(builder::add);
    return builder.root();
  }

  /** Root over leaf hashes. */
  public static Digest root(List<Digest> leafHashes) {
    MerkleRootBuilder builder = new MerkleRootBuilder();
    leafHashes.forEach(builder::addHash);
    return builder.root();
  }

  static Digest emptyRoot() {
    return EMPTY;
  }

  /**
   * Proof that a leaf is in the tree (RFC 6962, 2.1.1).
   *
   * @throws IndexOutOfBoundsException if there is no such leaf
   */
  public static InclusionProof inclusionProof(List<Digest> leafHashes, int index) {
    Objects.checkIndex(index, leafHashes.size());
    List<Digest> path = new ArrayList<>();
    addAuditPath(leafHashes, index, path);
    return new InclusionProof(index, leafHashes.size(), path);
  }

  private static void addAuditPath(List<Digest> leaves, int index, List<Digest> path) {
    if (leaves.size() == 1) {
      return;
    }
    int split = largestPowerOfTwoBelow(leaves.size());
    List<Digest> left = leaves.subList(0, split);
    List<Digest> right = leaves.subList(split, leaves.size());
    if (index < split) {
      addAuditPath(left, index, path);
      path.add(root(right));
    } else {
      addAuditPath(right, index - split, path);
      path.add(root(left));
    }
  }

  /**
   * Proof that the tree over the first leaves is a prefix of the tree over all (RFC 6962, 2.1.2).
   *
   * @param first from 1 to the number of leaves
   */
  public static ConsistencyProof consistencyProof(List<Digest> leafHashes, int first) {
    if (first < 1 || first > leafHashes.size()) {
      throw new IndexOutOfBoundsException(first);
    }
    List<Digest> path = new ArrayList<>();
    addSubProof(leafHashes, first, true, path);
    return new ConsistencyProof(first, leafHashes.size(), path);
  }

  private static void addSubProof(
      List<Digest> leaves, int first, boolean complete, List<Digest> path) {
    if (first == leaves.size()) {
      if (!complete) {
        path.add(root(leaves));
      }
      return;
    }
    int split = largestPowerOfTwoBelow(leaves.size());
    List<Digest> left = leaves.subList(0, split);
    List<Digest> right = leaves.subList(split, leaves.size());
    if (first <= split) {
      addSubProof(left, first, complete, path);
      path.add(root(right));
    } else {
      addSubProof(right, first - split, false, path);
      path.add(root(left));
    }
  }

  private static int largestPowerOfTwoBelow(int n) {
    return Integer.highestOneBit(n - 1);
  }
}
