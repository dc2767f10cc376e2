// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.testing.TestElf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ElfImageTest {
  private static final long ADDRESS = 0xffffffff81000000L;
  private static final int STRINGS = 0x100;
  private static final int SYMBOLS = 0x200;

  private static byte[] elf() {
    ByteBuffer content = ByteBuffer.allocate(0x400).order(ByteOrder.LITTLE_ENDIAN);
    content.put(STRINGS, "\0a_function\0".getBytes(StandardCharsets.US_ASCII));
    content.position(SYMBOLS + 24);
    content.putInt(1).put((byte) 2).put((byte) 0).putShort((short) 1).putLong(0x10).putLong(0x20);
    return new TestElf(content.array(), ADDRESS)
        .section(".text", 1, 6, 0, 0x80, 0)
        .section(".strtab", 3, 0, STRINGS, 0x40, 0)
        .section(".symtab", 2, 0, SYMBOLS, 48, 2)
        .section(".bss", 8, 3, 0x400, 0x7fffffff, 0)
        .bytes();
  }

  private static ElfImage read(byte[] file) throws MalformedImageException {
    return ElfImage.read(ImageBytes.of("it", file));
  }

  @Test
  void sectionsAndSymbolsAreRead() throws Exception {
    ElfImage elf = read(elf());
    ElfSection text = elf.section(".text").orElseThrow();
    assertTrue(text.isText());
    assertEquals(ADDRESS, text.address());
    assertEquals(0x80, elf.content(text).length());
    assertEquals(0, elf.content(elf.section(".bss").orElseThrow()).length());
    assertFalse(elf.section(".none").isPresent());
    ElfSymbol symbol = elf.symbols().get(1);
    assertEquals(new ElfSymbol("a_function", 1, 0x10, 0x20, 2), symbol);
    assertTrue(symbol.isFunction());
    assertEquals(1, elf.segments().size());
    assertEquals(elf().length, elf.end());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0x7e", // magic
    "4, 1", // 32-bit
    "5, 2", // big-endian
    "18, 3", // another machine
    "47, 0x7f", // section headers outside
    "39, 0x80", // program headers outside
    "58, 63", // section headers of another size
    "62, 99", // names in a section that is none
  })
  void headersThatCannotBeAreRefused(int offset, String value) {
    byte[] file = elf();
    file[offset] = Integer.decode(value).byteValue();
    assertThrows(MalformedImageException.class, () -> read(file));
  }

  @Test
  void aSectionThatLeavesTheFileIsRefused() {
    byte[] content = new byte[16];
    byte[] file = new TestElf(content, ADDRESS).section("a", 1, 0, 8, Long.MAX_VALUE, 0).bytes();
    assertThrows(MalformedImageException.class, () -> read(file));
  }

  @Test
  void rangesAreComparedAsUnsignedAndDoNotWrap() {
    ElfSection last = new ElfSection("last", 1, 0, 0xfffffffffffff000L, 0, 0x1000, 0);
    assertTrue(last.contains(0xfffffffffffff800L, 0x800));
    assertFalse(last.contains(0xfffffffffffff800L, 0x801));
    assertFalse(last.contains(0, 1));
    assertFalse(last.contains(0xffffffffffffefffL, 1));
  }
}
