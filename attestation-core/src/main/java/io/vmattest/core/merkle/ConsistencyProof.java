// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.merkle;

import io.vmattest.core.report.Digest;
import java.util.ArrayList;
import java.util.List;

/**
 * Shows that one tree is a prefix of another (RFC 6962, 2.1.2).
 *
 * @param first size of the smaller tree, at least 1
 * @param second size of the larger tree
 * @param path as the RFC has it
 */
public record ConsistencyProof(long first, long second, List<Digest> path) {
  public ConsistencyProof {
    path = List.copyOf(path);
  }

  /**
   * Whether it shows that nothing but appending leads from one to the other (RFC 9162, 2.1.4.2).
   */
  public boolean verify(Digest firstRoot, Digest secondRoot) {
    if (first < 1 || first > second) {
      return false;
    }
    if (first == second) {
      return path.isEmpty() && firstRoot.equals(secondRoot);
    }
    List<Digest> nodes = new ArrayList<>(path);
    if (Long.bitCount(first) == 1) {
      nodes.add(0, firstRoot);
    }
    return !nodes.isEmpty() && foldsTo(nodes, firstRoot, secondRoot);
  }

  private boolean foldsTo(List<Digest> nodes, Digest firstRoot, Digest secondRoot) {
    int shared = Long.numberOfTrailingZeros(~(first - 1));
    long node = (first - 1) >> shared;
    long last = (second - 1) >> shared;
    Digest firstHash = nodes.get(0);
    Digest secondHash = nodes.get(0);
    for (Digest next : nodes.subList(1, nodes.size())) {
      if (last == 0) {
        return false;
      }
      if ((node & 1) == 1 || node == last) {
        firstHash = MerkleTree.nodeHash(next, firstHash);
        secondHash = MerkleTree.nodeHash(next, secondHash);
        while ((node & 1) == 0 && node != 0) {
          node >>= 1;
          last >>= 1;
        }
      } else {
        secondHash = MerkleTree.nodeHash(secondHash, next);
      }
      node >>= 1;
      last >>= 1;
    }
    return last == 0 && firstHash.equals(firstRoot) && secondHash.equals(secondRoot);
  }
}
