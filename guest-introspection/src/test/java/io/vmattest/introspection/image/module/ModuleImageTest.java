// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.module;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.testing.TestElf;
import io.vmattest.introspection.image.testing.TestKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ModuleImageTest {
  private static final long KASLR_OFFSET = 0x1e00_0000L;
  private static final long TEXT = 0xffff_ffff_a000_1000L;
  private static final long EXPORT = 0xffff_ffff_8100_1000L;
  private static final int SIZE = 0x1000;
  private static final int CODE = 0x40;
  private static final int RELOCATIONS = 0x40;
  private static final int SYMBOLS = 0x100;
  private static final int STRINGS = 0x200;

  /** Fields of the code. */
  private static final int CALL = 1;

  private static final int CALL_OF_KERNEL = 8;
  private static final int POINTER = 0x10;
  private static final int OF_NOTHING = 0x18;

  private final byte[] live = new byte[SIZE];

  private static ModuleFile file() throws MalformedImageException {
    ByteBuffer content = ByteBuffer.allocate(0x300).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < CODE; i++) {
      content.put(i, (byte) 0x90);
    }
    relocation(content, 0, CALL, 4, 1, -4);
    relocation(content, 1, CALL_OF_KERNEL, 2, 2, -4);
    relocation(content, 2, POINTER, 1, 1, 0);
    relocation(content, 3, OF_NOTHING, 11, 3, 0);
    symbol(content, 1, 1, 1, 0x20);
    symbol(content, 2, 5, 0, 0);
    symbol(content, 3, 12, 5, 0);
    content.put(STRINGS, "\0own\0export\0key\0".getBytes(StandardCharsets.US_ASCII));
    byte[] elf =
        new TestElf(content.array(), 0)
            .section(".text", 1, 6, 0, CODE, 0)
            .section(".rela.text", 4, 0, RELOCATIONS, 4 * 24, 0)
            .section(".symtab", 2, 0, SYMBOLS, 4 * 24, 4)
            .section(".strtab", 3, 0, STRINGS, 0x20, 0)
            .section(".bss", 8, 3, 0, 0, 0)
            .bytes();
    return ModuleFile.read(ImageBytes.of("a module", elf));
  }

  private static void relocation(
      ByteBuffer content, int number, int offset, int type, int symbol, long addend) {
    content
        .position(RELOCATIONS + number * 24)
        .putLong(offset)
        .putInt(type)
        .putInt(symbol)
        .putLong(addend);
  }

  private static void symbol(ByteBuffer content, int number, int name, int section, long value) {
    content
        .position(SYMBOLS + number * 24)
        .putInt(name)
        .put((byte) 0x10)
        .put((byte) 0)
        .putShort((short) section)
        .putLong(value);
  }

  private ModuleImage image(long text, Map<String, Long> exports) throws MalformedImageException {
    ModulePlace place =
        new ModulePlace(
            TEXT,
            SIZE,
            Map.of(".text", text),
            name -> exports.containsKey(name) ? OptionalLong.of(EXPORT) : OptionalLong.empty(),
            KASLR_OFFSET);
    return ModuleImage.of(file(), place, TestKernel.image(14), live);
  }

  private void putOfNothing(long value) {
    ByteBuffer.wrap(live).order(ByteOrder.LITTLE_ENDIAN).putInt(OF_NOTHING, (int) value);
  }

  @Test
  void codeIsRelocatedAsTheKernelDoes() throws Exception {
    putOfNothing(TEXT + KASLR_OFFSET + 0x8000);
    ModuleImage image = image(TEXT, Map.of("export", EXPORT));
    var loaded = image.loaded();
    assertEquals(0x20 - CALL - 4, loaded.s32(TEXT + CALL));
    assertEquals((int) (EXPORT - 4 - (TEXT + CALL_OF_KERNEL)), loaded.s32(TEXT + CALL_OF_KERNEL));
    assertEquals(TEXT + 0x20 + KASLR_OFFSET, loaded.u64(TEXT + POINTER));
    assertEquals((int) (TEXT + KASLR_OFFSET + 0x8000), loaded.s32(TEXT + OF_NOTHING));
    assertEquals(0x90, loaded.u8(TEXT));
    assertEquals(0, loaded.u8(TEXT + CODE), "what no section fills");
    assertEquals(
        List.of(CALL, CALL_OF_KERNEL, POINTER, OF_NOTHING),
        image.fields().stream().map(ModuleImage.Field::offset).toList());
  }

  @Test
  void itsSymbolsAreItsOwnThenTheKernels() throws Exception {
    putOfNothing(TEXT + KASLR_OFFSET);
    ModuleImage image = image(TEXT, Map.of("export", EXPORT));
    assertEquals(TEXT + 0x20, image.symbols().required("own"));
    assertEquals("own", image.symbols().at(TEXT + 0x20).orElseThrow());
    long function = TestKernel.TEXT + TestKernel.FUNCTION;
    assertEquals(function, image.symbols().required("a_function"));
    assertEquals(OptionalLong.empty(), image.symbols().own("a_function"));
  }

  @Test
  void whatNothingExportsIsRefused() {
    putOfNothing(TEXT + KASLR_OFFSET);
    assertThrows(MalformedImageException.class, () -> image(TEXT, Map.of()));
  }

  @Test
  void codeThatDoesNotLieInItsPlaceIsRefused() {
    putOfNothing(TEXT + KASLR_OFFSET);
    Map<String, Long> exports = Map.of("export", EXPORT);
    for (long text : new long[] {TEXT - 1, TEXT + SIZE - CODE + 1, 0, Long.MIN_VALUE}) {
      assertThrows(MalformedImageException.class, () -> image(text, exports));
    }
  }

  /** The kernel forgets where an empty section is, but not that it is the module's. */
  @Test
  void anAddressOfNothingFarFromTheModuleIsRefused() {
    putOfNothing(EXPORT + KASLR_OFFSET);
    assertThrows(MalformedImageException.class, () -> image(TEXT, Map.of("export", EXPORT)));
  }
}
