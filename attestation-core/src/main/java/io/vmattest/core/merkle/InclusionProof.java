// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.merkle;

import io.vmattest.core.report.Digest;
import java.util.List;

/**
 * Shows that a leaf is in a tree (RFC 6962, 2.1.1).
 *
 * @param index of the leaf, from 0
 * @param size of the tree, in leaves
 * @param path from the leaf's sibling up
 */
public record InclusionProof(long index, long size, List<Digest> path) {
  public InclusionProof {
    path = List.copyOf(path);
  }

  /** Whether it shows that the tree with this root has this leaf (RFC 9162, 2.1.3.2). */
  public boolean verify(Digest leafHash, Digest root) {
    if (index < 0 || index >= size) {
      return false;
    }
    long node = index;
    long last = size - 1;
    Digest hash = leafHash;
    for (Digest sibling : path) {
      if (last == 0) {
        return false;
      }
      if ((node & 1) == 1 || node == last) {
        hash = MerkleTree.nodeHash(sibling, hash);
        while ((node & 1) == 0 && node != 0) {
          node >>= 1;
          last >>= 1;
        }
      } else {
        hash = MerkleTree.nodeHash(hash, sibling);
      }
      node >>= 1;
      last >>= 1;
    }
    return last == 0 && hash.equals(root);
  }
}
