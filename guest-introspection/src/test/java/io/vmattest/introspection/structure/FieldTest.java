// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.structure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class FieldTest {
  private static final long ITEM = Fixture.FREE + 64;

  private final Fixture fixture = new Fixture();

  @Test
  void readsNumbersAsWideAsTheirTypeIs() throws MalformedGuestException {
    fixture.put64(ITEM, 0x1234_5678_ffff_fffeL);
    assertEquals(0xffff_fffeL, item("number").get(ITEM));
    assertEquals(-2, item("number").signed(ITEM));
  }

  @Test
  void readsBitFieldsThatCrossBytes() throws MalformedGuestException {
    fixture.put64(ITEM, (0b101L | 0x5aa5L << 3) << 32);
    assertEquals(0b101, item("low").get(ITEM));
    assertEquals(-3, item("low").signed(ITEM));
    assertEquals(0x5aa5, item("middle").get(ITEM));
  }

  @Test
  void readsTextUpToAZeroOrTheEndOfTheArray() throws MalformedGuestException {
    fixture.put(ITEM + 40, "abc\0defg".getBytes(StandardCharsets.US_ASCII));
    assertEquals("abc", item("name").text(ITEM));
    fixture.put(ITEM + 40, "abcdefgh".getBytes(StandardCharsets.US_ASCII));
    assertEquals("abcdefgh", item("name").text(ITEM));
  }

  @Test
  void followsPointersIntoTheKernelsHalfOnly() throws MalformedGuestException {
    fixture.put64(ITEM + 48, Fixture.FREE);
    assertEquals(Fixture.FREE, item("other").pointer(ITEM));
    fixture.put64(ITEM + 48, 0x7fff_0000L);
    Field other = item("other");
    assertReason(Reason.INVALID, () -> other.pointer(ITEM));
  }

  @Test
  void findsElementsAndContainers() throws MalformedGuestException {
    assertEquals(2, item("links").elements());
    assertEquals(ITEM + 56 + 16, item("links").element(ITEM, 1));
    assertEquals(ITEM, item("link").containerOf(item("link").at(ITEM)));
    Field number = item("number");
    assertReason(Reason.INVALID, () -> number.element(ITEM, 0));
  }

  @Test
  void namesWhatAKernelLacks() throws MalformedGuestException {
    Structures structures = fixture.structures();
    assertFalse(structures.has("absent"));
    assertFalse(structures.struct("item").has("absent"));
    assertReason(Reason.MISSING, () -> structures.struct("absent"));
    assertReason(Reason.MISSING, () -> structures.struct("item").field("absent"));
    assertReason(Reason.MISSING, () -> structures.symbol("absent"));
  }

  @Test
  void refusesWhatIsNotThere() throws MalformedGuestException {
    Field number = item("number");
    assertReason(Reason.NOT_MAPPED, () -> number.get(0));
    Field link = item("link");
    assertReason(Reason.INVALID, () -> link.get(ITEM));
  }

  private Field item(String path) throws MalformedGuestException {
    return fixture.structures().struct("item").field(path);
  }

  private static void assertReason(Reason reason, Executable action) {
    assertEquals(reason, assertThrows(MalformedGuestException.class, action).reason());
  }
}
