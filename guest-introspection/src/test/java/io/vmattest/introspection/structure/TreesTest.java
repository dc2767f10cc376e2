// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.structure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import io.vmattest.introspection.structure.RadixTree.Entries;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** XArrays and red-black trees. */
class TreesTest {
  private static final long ROOT = Fixture.FREE;
  private static final long HEAD = ROOT + 8;
  private static final int LIMIT = 1000;
  private static final long VALUE = Fixture.FREE + 0x3_0000;

  private final Fixture fixture = new Fixture();

  @Test
  void aTreeMayBeEmptyOrASingleEntry() throws MalformedGuestException {
    assertEquals(Map.of(), radix(LIMIT).entries());
    fixture.put64(HEAD, VALUE);
    assertEquals(Map.of(0L, VALUE), radix(LIMIT).entries());
  }

  @Test
  void entriesHaveTheIndexOfTheirPath() throws MalformedGuestException {
    fixture.put64(HEAD, node(0) + 2);
    radixNode(0, 6, Map.of(0, node(1) + 2, 5, node(2) + 2));
    radixNode(1, 0, Map.of(1, VALUE, 63, VALUE + 8));
    radixNode(2, 0, Map.of(7, VALUE + 16, 8, 0x11L, 9, 0x402L)); // A value and a mark.
    Entries entries = radix(LIMIT);
    assertEquals(Optional.empty(), entries.fault());
    assertEquals(Map.of(1L, VALUE, 63L, VALUE + 8, 5 * 64 + 7L, VALUE + 16), entries.entries());
  }

  @Test
  void aTreeThatLoopsDoesNotDescend() throws MalformedGuestException {
    fixture.put64(HEAD, node(0) + 2);
    radixNode(0, 6, Map.of(0, node(0) + 2, 1, node(1) + 2));
    radixNode(1, 0, Map.of(1, VALUE));
    Entries entries = radix(LIMIT);
    assertEquals(Reason.INVALID, entries.fault().orElseThrow().reason());
    assertEquals(Map.of(65L, VALUE), entries.entries());
  }

  @Test
  void aTreeWhoseNodesAreSharedEndsAtTheLimit() throws MalformedGuestException {
    fixture.put64(HEAD, node(0) + 2);
    for (int i = 0; i < 10; i++) {
      fixture.put(node(i), new byte[] {(byte) (54 - 6 * i)});
      for (int slot = 0; slot < 64; slot++) {
        fixture.put64(node(i) + 8 + 8 * slot, i == 9 ? VALUE : node(i + 1) + 2);
      }
    }
    Entries entries = radix(LIMIT);
    assertEquals(Reason.TOO_LARGE, entries.fault().orElseThrow().reason());
    assertEquals(LIMIT, entries.entries().size());
  }

  @Test
  void aNodeThatIsNotThereLeavesTheOthers() throws MalformedGuestException {
    fixture.put64(HEAD, node(0) + 2);
    radixNode(0, 6, Map.of(0, 0xffff_c900_0000_0002L, 1, node(1) + 2));
    radixNode(1, 0, Map.of(0, VALUE));
    Entries entries = radix(LIMIT);
    assertEquals(Reason.NOT_MAPPED, entries.fault().orElseThrow().reason());
    assertEquals(Map.of(64L, VALUE), entries.entries());
  }

  @Test
  void aSearchTreeIsWalkedInItsOrder() throws MalformedGuestException {
    fixture.put64(ROOT, node(4) + 24);
    searchNode(4, 2, 6);
    searchNode(2, 1, 3);
    searchNode(6, 0, 7);
    assertWalk(Optional.empty(), List.of(1, 2, 3, 4, 6, 7), search(LIMIT));
  }

  @Test
  void aSearchTreeOfOneLongBranchIsWalked() throws MalformedGuestException {
    fixture.put64(ROOT, item(0) + 24);
    int count = 2000;
    for (int i = 0; i < count; i++) {
      fixture.put64(item(i) + 24, i + 1 < count ? item(i + 1) + 24 : 0);
    }
    Walk walk = search(count);
    assertEquals(Optional.empty(), walk.fault());
    assertEquals(count, walk.entries().size());
    assertEquals(item(0), walk.entries().get(count - 1));
    assertEquals(Reason.TOO_LARGE, search(count - 1).fault().orElseThrow().reason());
    assertEquals(count - 1, search(count - 1).entries().size());
  }

  @Test
  void aSearchTreeThatLoopsEnds() throws MalformedGuestException {
    fixture.put64(ROOT, node(4) + 24);
    searchNode(4, 2, 6);
    searchNode(2, 4, 0);
    searchNode(6, 6, 2);
    assertWalk(Optional.of(Reason.INVALID), List.of(2, 4, 6), search(LIMIT));
  }

  @Test
  void aBranchThatIsNotThereLeavesTheOthers() throws MalformedGuestException {
    fixture.put64(ROOT, node(4) + 24);
    searchNode(4, 0, 6);
    fixture.put64(node(4) + 24, 0xffff_c900_0000_0000L);
    Walk walk = search(LIMIT);
    assertEquals(Reason.NOT_MAPPED, walk.fault().orElseThrow().reason());
    assertTrue(walk.entries().containsAll(List.of(node(4), node(6))));
    fixture.put64(node(4) + 24, 0x1000);
    assertWalk(Optional.of(Reason.INVALID), List.of(4, 6), search(LIMIT));
  }

  private Entries radix(int limit) throws MalformedGuestException {
    return new RadixTree(fixture.structures()).walk(ROOT, limit);
  }

  private Walk search(int limit) throws MalformedGuestException {
    return new SearchTree(fixture.structures()).walk(ROOT, 24, limit);
  }

  private void radixNode(int number, int shift, Map<Integer, Long> slots) {
    fixture.put(node(number), new byte[] {(byte) shift});
    slots.forEach((slot, entry) -> fixture.put64(node(number) + 8 + 8L * slot, entry));
  }

  /** Number 0 stands for none. */
  private void searchNode(int number, int left, int right) {
    fixture.put64(node(number) + 24, left == 0 ? 0 : node(left) + 24);
    fixture.put64(node(number) + 32, right == 0 ? 0 : node(right) + 24);
  }

  private static long node(int number) {
    return Fixture.FREE + 1024 + 1024L * number;
  }

  private static long item(int number) {
    return Fixture.FREE + 128 + 64L * number;
  }

  private static void assertWalk(Optional<Reason> fault, List<Integer> expected, Walk walk) {
    assertEquals(fault, walk.fault().map(MalformedGuestException::reason));
    assertEquals(expected.stream().map(TreesTest::node).toList(), walk.entries());
  }
}
