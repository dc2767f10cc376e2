// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.testing.BtfWriter;
import java.util.Arrays;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class BtfTest {
  private final Btf btf = parse(BtfWriter.sample());

  @Test
  void findsMembersAlsoOfAnonymousMembers() throws MalformedGuestException {
    assertEquals(0, btf.offset("task_struct", "state"));
    assertEquals(8, btf.offset("task_struct", "word"));
    assertEquals(16, btf.offset("task_struct", "low"));
    assertEquals(32, btf.offset("task_struct", "comm"));
    assertTrue(btf.member("task_struct", "absent").isEmpty());
    assertTrue(btf.member("no_struct", "state").isEmpty());
    assertThrows(MalformedGuestException.class, () -> btf.offset("task_struct", "absent"));
  }

  @Test
  void followsAPathIntoMembers() throws MalformedGuestException {
    assertEquals(56, btf.offset("task_struct", "tasks.prev"));
    assertTrue(btf.member("task_struct", "state.prev").isEmpty());
    assertTrue(btf.member("task_struct", "tasks.prev.next").isEmpty());
  }

  @Test
  void tellsBitFields() throws MalformedGuestException {
    BtfMember high = btf.member("task_struct", "high").orElseThrow();
    assertEquals(3, high.bitfieldBits());
    assertEquals(20, high.byteOffset());
  }

  @Test
  void tellsSizesThroughTypedefsAndArrays() throws MalformedGuestException {
    int comm = btf.member("task_struct", "comm").orElseThrow().typeId();
    assertEquals(OptionalLong.of(16), btf.size(comm));
    assertEquals(OptionalLong.of(16), btf.elements(comm));
    assertEquals(OptionalLong.of(1), btf.size(btf.target(comm).orElseThrow()));
    assertEquals(OptionalLong.of(64), btf.size(btf.composite("task_struct").orElseThrow()));
    int next = btf.member("list_head", "next").orElseThrow().typeId();
    assertEquals(OptionalLong.of(8), btf.size(next));
    assertEquals("list_head", btf.name(btf.target(next).orElseThrow()));
    assertEquals(OptionalLong.empty(), btf.size(0));
  }

  @Test
  void listsMembersAsWritten() throws MalformedGuestException {
    assertEquals(
        java.util.List.of("state", "", "comm", "tasks"),
        btf.members(btf.composite("task_struct").orElseThrow()).stream()
            .map(BtfMember::name)
            .toList());
  }

  @Test
  void endsForTypesThatContainThemselves() {
    BtfWriter writer = new BtfWriter();
    writer.type("loop", BtfWriter.TYPEDEF, false, 0, 1);
    writer.type("deep", BtfWriter.ARRAY, false, 0, 0, 2, 2, 2);
    int[] members = new int[3 * 1000];
    for (int i = 0; i < members.length; i += 3) {
      members[i + 1] = 3;
    }
    writer.type("wide", BtfWriter.STRUCT, false, 1000, 8, members);
    writer.type("huge", BtfWriter.ARRAY, false, 0, 0, 5, 2, -1);
    writer.type("", BtfWriter.ARRAY, false, 0, 0, 6, 2, -1);
    writer.type("", BtfWriter.PTR, false, 0, 0);
    Btf hostile = parse(writer.blob());
    malformed(() -> hostile.resolve(1));
    malformed(() -> hostile.size(2));
    malformed(() -> hostile.member("wide", "x"));
    malformed(() -> hostile.size(4));
    malformed(() -> hostile.kind(7));
    malformed(() -> hostile.kind(-1));
  }

  @Test
  void refusesBlobsThatAreCutOff() {
    byte[] good = BtfWriter.sample();
    for (int length = 0; length < good.length; length++) {
      byte[] cut = Arrays.copyOf(good, length);
      malformed(() -> Btf.parse(cut, 0));
    }
  }

  @Test
  void endsWithoutARuntimeExceptionForAnyBit() {
    byte[] good = BtfWriter.sample();
    int read = 0;
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      read += readsAll(bad) ? 1 : 0;
    }
    assertTrue(read > 100, "only " + read + " of the damaged were read at all");
  }

  private static boolean readsAll(byte[] blob) {
    try {
      Btf damaged = Btf.parse(blob, 0);
      for (int id = 1; id < damaged.size(); id++) {
        damaged.size(id);
        damaged.target(id);
        damaged.members(id);
        damaged.member(id, "tasks.prev");
      }
      return true;
    } catch (MalformedGuestException e) {
      return false;
    }
  }

  private static void malformed(org.junit.jupiter.api.function.Executable read) {
    assertThrows(MalformedGuestException.class, read);
  }

  private static Btf parse(byte[] blob) {
    try {
      return Btf.parse(blob, 0);
    } catch (MalformedGuestException e) {
      throw new AssertionError(e);
    }
  }
}
