// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileMemoryTest {
  private static final long FOUR_GIB = 1L << 32;
  private static final long LOW = 0x8000_0000L;
  private static final int PRSTATUS_SIZE = 20;

  @TempDir Path folder;

  @Test
  void findsAddressesOfAFlatFileAtTheSameOffset() throws IOException {
    Path file = Files.write(folder.resolve("ram"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    try (RawFileMemory memory = RawFileMemory.flat(file)) {
      assertEquals(List.of(new PhysicalRange(0, 8)), memory.ranges());
      assertEquals("34", read(memory, 2, 2));
      assertEquals("78", read(memory, 6, 9));
      assertEquals("", read(memory, 8, 1));
      assertEquals("", read(memory, -1, 1));
    }
  }

  @Test
  void movesWhatAPcHasAboveTheHoleTo4GiB() throws IOException {
    Path file = folder.resolve("ram");
    try (RandomAccessFile ram = new RandomAccessFile(file.toFile(), "rw")) {
      ram.setLength(3L << 30);
      ram.seek(LOW - 2);
      ram.write(new byte[] {1, 2, 3, 4});
    }
    try (RawFileMemory memory = RawFileMemory.ofPc(file, PcLayout.of("pc-q35-7.2"))) {
      assertEquals("12", read(memory, LOW - 2, 4));
      assertEquals("", read(memory, LOW, 4));
      assertEquals("34", read(memory, FOUR_GIB, 2));
      assertEquals(
          List.of(new PhysicalRange(0, LOW), new PhysicalRange(FOUR_GIB, 1L << 30)),
          memory.ranges());
    }
  }

  @Test
  void doesNotSplitThePcsRamBelowItsLimit() {
    assertEquals(1, PcLayout.of("pc-q35-7.2").extents(0xafff_f000L).size());
    assertEquals(2, PcLayout.of("pc-q35-7.2").extents(0xb000_0000L).size());
    assertEquals(1, PcLayout.of("pc-i440fx-7.2").extents(0xb000_0000L).size());
    assertEquals(2, PcLayout.of("pc-i440fx-7.2").extents(0xe000_0000L).size());
  }

  @Test
  void readsAFileThatShrankAsMemoryThatEnds() throws IOException {
    Path file = Files.write(folder.resolve("ram"), new byte[] {1, 2, 3, 4});
    try (RawFileMemory memory = RawFileMemory.flat(file)) {
      try (RandomAccessFile ram = new RandomAccessFile(file.toFile(), "rw")) {
        ram.setLength(2);
      }
      assertEquals("2", read(memory, 1, 3));
    }
  }

  @Test
  void readsSegmentsAndVcpusOfACore() throws IOException {
    Path file = Files.write(folder.resolve("core"), core(0x10_0000, 0x10_0004));
    try (ElfCoreMemory memory = ElfCoreMemory.open(file)) {
      assertEquals("1234", read(memory, 0x10_0000, 4));
      assertEquals("12345678", read(memory, 0x10_0000, 8));
      assertEquals("", read(memory, 0xf_ffff, 8));
      assertEquals(
          List.of(new VcpuRegisters(0, 103, 104, 9, 4, OptionalLong.of(105))), memory.vcpus());
    }
  }

  @Test
  void refusesCoresThatAreDamaged() throws IOException {
    byte[] good = core(0x10_0000, 0x10_0004);
    refused(core(0x10_0000, 0x10_0003));
    refused(core(-4, 0x10_0003));
    for (int at : new int[] {0, 4, 5, 16, 18, 39, 54}) {
      byte[] bad = good.clone();
      bad[at] ^= 0x40;
      refused(bad);
    }
    for (int length = 0; length < good.length - 8; length++) {
      refused(java.util.Arrays.copyOf(good, length));
    }
  }

  @Test
  void endsWithoutARuntimeExceptionForAnyBitOfACore() throws IOException {
    byte[] good = core(0x10_0000, 0x10_0004);
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      Path file = Files.write(folder.resolve("core"), bad);
      try (ElfCoreMemory memory = ElfCoreMemory.open(file)) {
        read(memory, 0x10_0000, 8);
      } catch (MalformedCoreException e) {
        assertEquals(e.getMessage(), String.valueOf(e.getMessage()));
      }
    }
  }

  @Test
  void countsEachPageOnce() throws IOException {
    Path file = Files.write(folder.resolve("ram"), new byte[0x3000]);
    try (RawFileMemory raw = RawFileMemory.flat(file)) {
      CountingMemory memory = new CountingMemory(raw);
      read(memory, 0xfff, 2);
      read(memory, 0x1000, 1);
      read(memory, 0x2fff, 100);
      read(memory, 0x3000, 100);
      assertEquals(3, memory.pages());
      memory.reset();
      assertEquals(0, memory.pages());
    }
  }

  private void refused(byte[] core) throws IOException {
    Path file = Files.write(folder.resolve("core"), core);
    assertThrows(MalformedCoreException.class, () -> ElfCoreMemory.open(file).close());
  }

  /** Two segments of 4 bytes, a PRSTATUS note and one by QEMU. */
  private static byte[] core(long first, long second) {
    int notes = 64 + 3 * 56;
    int notesSize = 12 + 8 + PRSTATUS_SIZE + 12 + 8 + 440;
    int data = notes + notesSize;
    ByteBuffer core = ByteBuffer.allocate(data + 8).order(ByteOrder.LITTLE_ENDIAN);
    core.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
    core.putShort((short) 4).putShort((short) 62).putInt(1).putLong(0).putLong(64);
    core.position(54);
    core.putShort((short) 56).putShort((short) 3);
    core.position(64);
    segment(core, 4, notes, 0, notesSize);
    segment(core, 1, data, first, 4);
    segment(core, 1, data + 4, second, 4);
    core.putInt(5).putInt(PRSTATUS_SIZE).putInt(1).put("CORE\0\0\0\0".getBytes(ascii()));
    core.position(core.position() + PRSTATUS_SIZE);
    core.putInt(5).putInt(440).putInt(0).put("QEMU\0\0\0\0".getBytes(ascii()));
    core.putInt(1).putInt(440).position(core.position() + 18 * 8);
    for (int segment = 0; segment < 10; segment++) {
      core.putLong(-1).putLong(-1).putLong(segment);
    }
    core.putLong(0).putLong(101).putLong(102).putLong(103).putLong(104).putLong(105);
    return core.put(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}).array();
  }

  private static void segment(ByteBuffer core, int type, long offset, long physical, long size) {
    core.putInt(type).putInt(0).putLong(offset).putLong(0).putLong(physical);
    core.putLong(size).putLong(size).putLong(0);
  }

  private static java.nio.charset.Charset ascii() {
    return StandardCharsets.US_ASCII;
  }

  /** The bytes that were read, as digits. */
  private static String read(GuestMemory memory, long address, int size) {
    ByteBuffer target = ByteBuffer.allocate(size);
    int copied = memory.read(address, target);
    assertEquals(copied, target.position());
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < copied; i++) {
      text.append(target.get(i));
    }
    return text.toString();
  }
}
