// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import io.vmattest.introspection.testing.ArrayMemory;
import io.vmattest.introspection.testing.PageTableWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AddressSpaceTest {
  private static final long ROOT = 0x1000;
  private static final long VIRTUAL = 0xffff_ffff_8000_0000L;

  private final ArrayMemory memory = new ArrayMemory(1 << 20);

  @ParameterizedTest
  @EnumSource
  void translatesPagesOfAllSizesInEitherDepth(PagingMode mode) {
    PageTableWriter tables = tables(mode);
    tables.map(VIRTUAL, 0x7000, 12);
    tables.map(VIRTUAL + 0x20_0000, 0x4000_0000L, 21);
    tables.map(VIRTUAL - 0x4000_0000L, 0x10_0000_0000L, 30);
    AddressSpace space = new AddressSpace(memory, ROOT, mode);
    assertEquals(OptionalLong.of(0x7123), space.translate(VIRTUAL + 0x123));
    assertEquals(OptionalLong.of(0x4012_3456L), space.translate(VIRTUAL + 0x32_3456));
    assertEquals(OptionalLong.of(0x10_3fff_ffffL), space.translate(VIRTUAL - 1));
    assertEquals(OptionalLong.empty(), space.translate(VIRTUAL + 0x1000));
  }

  @Test
  void ignoresBitsOfAnEntryThatAreNoAddress() {
    long entry = tables(PagingMode.FOUR_LEVEL).map(VIRTUAL, 0x7000, 12);
    memory.put64(entry, memory.get64(entry) | 0xfff0_0000_0000_0e00L);
    assertEquals(OptionalLong.of(0x7000), fourLevel().translate(VIRTUAL));
    long large = tables(PagingMode.FOUR_LEVEL).map(VIRTUAL + 0x20_0000, 0x20_0000, 21);
    memory.put64(large, memory.get64(large) | 1L << 12);
    assertEquals(OptionalLong.of(0x20_0008), fourLevel().translate(VIRTUAL + 0x20_0008));
  }

  @Test
  void refusesAddressesThatAreNotCanonical() {
    tables(PagingMode.FOUR_LEVEL).map(VIRTUAL, 0x7000, 12);
    assertEquals(Reason.NOT_CANONICAL, reason(0x7fff_ffff_8000_0000L));
    assertEquals(Reason.NOT_CANONICAL, reason(0xff00_0000_0000_0000L));
  }

  @Test
  void saysWhetherTablesOrMemoryAreMissing() {
    tables(PagingMode.FOUR_LEVEL).map(VIRTUAL, 0x7fff_f000, 12);
    assertEquals(Reason.NOT_BACKED, reason(VIRTUAL));
    assertEquals(Reason.NOT_MAPPED, reason(VIRTUAL + 0x1000));
    AddressSpace nowhere = new AddressSpace(memory, 0xff_0000_0000L, PagingMode.FOUR_LEVEL);
    assertEquals(
        Reason.NOT_BACKED,
        assertThrows(MalformedGuestException.class, () -> nowhere.u64(VIRTUAL)).reason());
  }

  @Test
  void endsWhereATableRefersToItself() {
    memory.put64(ROOT + 511 * 8, ROOT | 3);
    assertEquals(OptionalLong.of(ROOT + 0xff8), fourLevel().translate(-8));
  }

  @Test
  void readsAcrossPagesThatLieApart() throws MalformedGuestException {
    PageTableWriter tables = tables(PagingMode.FOUR_LEVEL);
    tables.map(VIRTUAL, 0x9000, 12);
    tables.map(VIRTUAL + 0x1000, 0x5000, 12);
    memory.put(0x9ffc, new byte[] {1, 2, 3, 4});
    memory.put(0x5000, new byte[] {5, 6, 7, (byte) 0x88, 'a', 'b', 0});
    AddressSpace space = fourLevel();
    assertEquals(0x8807_0605_0403_0201L, space.u64(VIRTUAL + 0xffc));
    assertEquals(0x0504_0302L, space.u32(VIRTUAL + 0xffd));
    assertEquals(0x0504, space.u16(VIRTUAL + 0xfff));
    assertEquals(0x88, space.u8(VIRTUAL + 0x1003));
    assertEquals("ab", space.cString(VIRTUAL + 0x1004, 2));
    assertArrayEquals(new byte[] {4, 5}, space.bytes(VIRTUAL + 0xfff, 2, 2));
  }

  @Test
  void copiesUpToTheFirstByteThatIsNotThere() {
    tables(PagingMode.FOUR_LEVEL).map(VIRTUAL, 0x9000, 12);
    ByteBuffer target = ByteBuffer.allocate(100);
    assertEquals(16, fourLevel().read(VIRTUAL + 0xff0, target));
    assertEquals(16, target.position());
    MalformedGuestException e =
        assertThrows(
            MalformedGuestException.class,
            () -> fourLevel().readFully(VIRTUAL + 0xff0, ByteBuffer.allocate(100)));
    assertEquals(VIRTUAL + 0x1000, e.address());
  }

  @Test
  void limitsWhatTheGuestSaysIsLong() {
    tables(PagingMode.FOUR_LEVEL).map(VIRTUAL, 0x9000, 12);
    memory.put(0x9000, "x".repeat(300).getBytes(StandardCharsets.US_ASCII));
    AddressSpace space = fourLevel();
    assertTooLarge(() -> space.cString(VIRTUAL, 299));
    assertTooLarge(() -> space.bytes(VIRTUAL, 17, 16));
    assertTooLarge(() -> space.bytes(VIRTUAL, -1, 16));
    assertTooLarge(() -> space.bytes(VIRTUAL, Long.MIN_VALUE, 16));
  }

  @Test
  void holdsBytesThatAreAllThereAndTheSame() {
    int pages = 17; // More than are compared at once.
    PageTableWriter tables = tables(PagingMode.FOUR_LEVEL);
    for (int page = 0; page < pages; page++) {
      tables.map(VIRTUAL + page * 0x1000L, 0x4_0000 + page * 0x1000L, 12);
    }
    byte[] expected = new byte[pages * 0x1000];
    assertTrue(fourLevel().holds(VIRTUAL, expected));
    assertFalse(fourLevel().holds(VIRTUAL, new byte[expected.length + 1]), "not mapped");
    memory.put64(0x4_0000 + expected.length - 8, 1L << 56);
    assertFalse(fourLevel().holds(VIRTUAL, expected));
    expected[expected.length - 1] = 1;
    assertTrue(fourLevel().holds(VIRTUAL, expected));
  }

  @Test
  void readsAStringOfExactlyItsLimit() throws MalformedGuestException {
    tables(PagingMode.FOUR_LEVEL).map(VIRTUAL, 0x9000, 12);
    memory.put(0x9000, "x".repeat(128).getBytes(StandardCharsets.US_ASCII));
    assertEquals(128, fourLevel().cString(VIRTUAL, 128).length());
    assertTooLarge(() -> fourLevel().cString(VIRTUAL, 127));
  }

  private static void assertTooLarge(org.junit.jupiter.api.function.Executable read) {
    assertEquals(Reason.TOO_LARGE, assertThrows(MalformedGuestException.class, read).reason());
  }

  private Reason reason(long virtual) {
    return assertThrows(MalformedGuestException.class, () -> fourLevel().u64(virtual)).reason();
  }

  private AddressSpace fourLevel() {
    return new AddressSpace(memory, ROOT, PagingMode.FOUR_LEVEL);
  }

  private PageTableWriter tables(PagingMode mode) {
    return new PageTableWriter(memory, ROOT, mode == PagingMode.FOUR_LEVEL ? 4 : 5, 0x10000);
  }
}
