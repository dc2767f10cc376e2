// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MerkleTreeTest {
  // The inputs and roots that Certificate Transparency's implementations test with.
  private static final List<String> CT_INPUTS =
      List.of(
          "",
          "00",
          "10",
          "2021",
          "3031",
          "40414243",
          "5051525354555657",
          "606162636465666768696a6b6c6d6e6f");
  private static final List<String> CT_ROOTS =
      List.of(
          "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
          "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
          "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
          "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");

  private static List<Digest> leaves(int n) {
    List<Digest> leaves = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      leaves.add(MerkleTree.leafHash(new byte[] {(byte) i, (byte) (i >> 8)}));
    }
    return leaves;
  }

  /** The definition of RFC 6962, 2.1, word by word. */
  private static Digest definition(List<Digest> leaves) {
    if (leaves.isEmpty()) {
      return Digest.sha256();
    }
    if (leaves.size() == 1) {
      return leaves.get(0);
    }
    int split = 1;
    while (split * 2 < leaves.size()) {
      split *= 2;
    }
    return MerkleTree.nodeHash(
        definition(leaves.subList(0, split)), definition(leaves.subList(split, leaves.size())));
  }

  @Test
  void rootsAreThoseOfCertificateTransparency() {
    MerkleRootBuilder builder = new MerkleRootBuilder();
    assertEquals(
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", builder.root().hex());
    for (int i = 0; i < CT_INPUTS.size(); i++) {
      builder.add(HexFormat.of().parseHex(CT_INPUTS.get(i)));
      assertEquals(CT_ROOTS.get(i), builder.root().hex(), "after " + (i + 1) + " leaves");
    }
  }

  @Test
  void rootsAreThoseOfTheDefinitionForEverySize() {
    for (int n = 0; n <= 130; n++) {
      assertEquals(definition(leaves(n)), MerkleTree.root(leaves(n)), n + " leaves");
    }
  }

  @Test
  void everyInclusionProofVerifiesAndNoOther() {
    for (int n = 1; n <= 33; n++) {
      List<Digest> leaves = leaves(n);
      Digest root = MerkleTree.root(leaves);
      for (int i = 0; i < n; i++) {
        InclusionProof proof = MerkleTree.inclusionProof(leaves, i);
        assertTrue(proof.verify(leaves.get(i), root), i + " of " + n);
        assertFalse(proof.verify(leaves.get((i + 1) % n), root) && n > 1);
        assertFalse(proof.verify(leaves.get(i), Digest.sha256(new byte[] {9})));
        assertFalse(
            new InclusionProof(i + 1, n, proof.path()).verify(leaves.get(i), root) && n > 1);
      }
    }
  }

  @Test
  void inclusionProofOfAnotherLengthIsRefused() {
    List<Digest> leaves = leaves(8);
    InclusionProof proof = MerkleTree.inclusionProof(leaves, 3);
    Digest root = MerkleTree.root(leaves);
    List<Digest> longer = Stream.concat(proof.path().stream(), Stream.of(root)).toList();
    assertFalse(new InclusionProof(3, 8, longer).verify(leaves.get(3), root));
    assertFalse(new InclusionProof(3, 8, proof.path().subList(0, 2)).verify(leaves.get(3), root));
    assertFalse(new InclusionProof(8, 8, proof.path()).verify(leaves.get(3), root));
    assertThrows(IndexOutOfBoundsException.class, () -> MerkleTree.inclusionProof(leaves, 8));
  }

  @Test
  void everyConsistencyProofVerifiesAndNoOther() {
    for (int n = 1; n <= 33; n++) {
      List<Digest> leaves = leaves(n);
      Digest root = MerkleTree.root(leaves);
      for (int first = 1; first <= n; first++) {
        Digest firstRoot = MerkleTree.root(leaves.subList(0, first));
        ConsistencyProof proof = MerkleTree.consistencyProof(leaves, first);
        assertTrue(proof.verify(firstRoot, root), first + " in " + n);
        Digest other = Digest.sha256(new byte[] {9});
        assertFalse(proof.verify(other, root));
        assertFalse(proof.verify(firstRoot, other));
      }
    }
  }

  @Test
  void aRewrittenPastIsNotConsistent() {
    List<Digest> leaves = leaves(12);
    List<Digest> rewritten = new ArrayList<>(leaves);
    rewritten.set(2, MerkleTree.leafHash(new byte[] {77}));
    ConsistencyProof proof = MerkleTree.consistencyProof(rewritten, 7);
    assertFalse(proof.verify(MerkleTree.root(leaves.subList(0, 7)), MerkleTree.root(rewritten)));
  }
}
