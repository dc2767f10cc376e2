// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.structure;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChainsTest {
  private static final long HEAD = Fixture.FREE;
  private static final int LIMIT = 1000;

  /** Where in an item its link lies. */
  private static final long LINK = 8;

  private final Fixture fixture = new Fixture();

  @Test
  void aListOfItsHeadAloneIsEmpty() throws MalformedGuestException {
    fixture.put64(HEAD, HEAD);
    assertWhole(List.of(), list(LIMIT));
  }

  @Test
  void walksAListInItsOrder() throws MalformedGuestException {
    link(HEAD, 3, 1, 2);
    fixture.put64(item(2) + LINK, HEAD);
    assertWhole(List.of(item(3), item(1), item(2)), list(LIMIT));
  }

  @Test
  void walksListsThatEndWithANullOrAnOddValue() throws MalformedGuestException {
    link(HEAD, 1, 2);
    assertWhole(List.of(item(1), item(2)), chains().hlist(HEAD, field(), LIMIT));
    fixture.put64(item(2) + LINK, 77);
    assertWhole(List.of(item(1), item(2)), chains().nulls(HEAD, field(), LIMIT));
  }

  @Test
  void aLoopThatDoesNotReachTheHeadEnds() throws MalformedGuestException {
    link(HEAD, 1, 2, 3);
    fixture.put64(item(3) + LINK, item(2) + LINK);
    assertBroken(Reason.INVALID, item(2) + LINK, List.of(item(1), item(2), item(3)), list(LIMIT));
  }

  @Test
  void anEntryThatPointsToItselfEnds() throws MalformedGuestException {
    link(HEAD, 1);
    fixture.put64(item(1) + LINK, item(1) + LINK);
    assertBroken(Reason.INVALID, item(1) + LINK, List.of(item(1)), list(LIMIT));
  }

  @Test
  void danglingPointersEndWithWhatWasRead() throws MalformedGuestException {
    link(HEAD, 1);
    for (long target : new long[] {0, 0x1000, item(2) + LINK + 4, Long.MIN_VALUE}) {
      fixture.put64(item(1) + LINK, target);
      Walk walk = list(LIMIT);
      assertEquals(item(1), walk.entries().get(0));
      assertEquals(true, walk.fault().isPresent(), "target %x".formatted(target));
    }
  }

  @Test
  void aListIsWalkedUpToTheLimit() throws MalformedGuestException {
    int[] numbers = new int[LIMIT + 1];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i;
    }
    link(HEAD, numbers);
    fixture.put64(item(LIMIT) + LINK, HEAD);
    List<Long> all = IntStream.rangeClosed(0, LIMIT).mapToObj(ChainsTest::item).toList();
    assertWhole(all, list(LIMIT + 1));
    assertBroken(Reason.TOO_LARGE, item(LIMIT) + LINK, all.subList(0, LIMIT), list(LIMIT));
  }

  @Test
  void walksOfOneLookShareTheirSteps() throws MalformedGuestException {
    link(HEAD, 1, 2, 3);
    fixture.put64(item(3) + LINK, HEAD);
    Chains chains = new Chains(fixture.structures().space(), 5);
    assertWhole(List.of(item(1), item(2), item(3)), chains.list(HEAD, field(), LIMIT));
    for (int i = 0; i < 2; i++) {
      Walk walk = chains.list(HEAD, field(), LIMIT);
      assertEquals(Reason.TOO_LARGE, walk.fault().orElseThrow().reason());
      assertEquals(i == 0 ? 2 : 0, walk.entries().size());
    }
  }

  @Test
  void aHeadThatIsNotThereIsAFault() throws MalformedGuestException {
    Walk walk = chains().list(0xffff_c900_0000_0000L, field(), LIMIT);
    assertEquals(List.of(), walk.entries());
    assertEquals(Reason.NOT_MAPPED, walk.fault().orElseThrow().reason());
  }

  private void link(long head, int... items) {
    long at = head;
    for (int number : items) {
      fixture.put64(at, item(number) + LINK);
      at = item(number) + LINK;
    }
  }

  private static long item(int number) {
    return Fixture.FREE + 128 + 128L * number;
  }

  private Walk list(int limit) throws MalformedGuestException {
    return chains().list(HEAD, field(), limit);
  }

  private Chains chains() {
    return new Chains(fixture.structures().space(), 10 * LIMIT);
  }

  private Field field() throws MalformedGuestException {
    return fixture.structures().struct("item").field("link");
  }

  private static void assertWhole(List<Long> expected, Walk walk) {
    assertEquals(Optional.empty(), walk.fault());
    assertEquals(expected, walk.entries());
  }

  private static void assertBroken(Reason reason, long address, List<Long> expected, Walk walk) {
    assertEquals(expected, walk.entries());
    assertEquals(reason, walk.fault().orElseThrow().reason());
    assertEquals(address, walk.fault().orElseThrow().address());
  }
}
