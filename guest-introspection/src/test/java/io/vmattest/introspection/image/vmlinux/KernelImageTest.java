// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.vmlinux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.testing.TestKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class KernelImageTest {
  private static final long OFFSET = 0x1e400000L;

  @Test
  void symbolsComeFromItsOwnKallsyms() throws Exception {
    ImageSymbols symbols = TestKernel.image(14).symbols();
    assertEquals(TestKernel.TEXT + TestKernel.FUNCTION, symbols.required("a_function"));
    assertEquals("a_function", symbols.at(TestKernel.TEXT + TestKernel.FUNCTION).orElseThrow());
    assertTrue(symbols.address("filler_299").isPresent());
    assertThrows(MalformedImageException.class, () -> symbols.required("none"));
  }

  @Test
  void fieldsMoveWithTheKaslrOffsetAndBack() throws Exception {
    KernelImage image = TestKernel.image(14);
    LoadedBytes disk = image.loaded();
    LoadedBytes moved =
        LoadedBytes.of(image.loaded(disk.base(), disk.length(), OFFSET), disk.base());
    long field = TestKernel.TEXT + TestKernel.RELOCATED;
    assertEquals(disk.s32(field) + (int) OFFSET, moved.s32(field));
    assertEquals(disk.u64(TestKernel.TEXT + 0xc000) + OFFSET, moved.u64(TestKernel.TEXT + 0xc000));
    byte[] back = moved.all().copy();
    image.undoRelocation(back, back.length, moved.base(), OFFSET);
    assertArrayEquals(disk.all().copy(), back);
  }

  @Test
  void aFieldIsMovedAsAWholeWhicheverOfItsBytesAreAskedFor() throws Exception {
    KernelImage image = TestKernel.image(14);
    long field = TestKernel.TEXT + TestKernel.RELOCATED;
    byte[] whole = image.loaded(field, 4, OFFSET);
    for (int from = 0; from < 4; from++) {
      byte[] part = image.loaded(field + from, 4 - from, OFFSET);
      assertArrayEquals(Arrays.copyOfRange(whole, from, 4), part);
    }
  }

  @Test
  void fieldsThatShrinkAsAddressesGrowAreMovedTheOtherWay() throws Exception {
    // An ELF file of four bytes; {}, {0x1008}, {0x1000}, each after its zero.
    byte[] image =
        ByteBuffer.allocate(24)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(12, 0x1008)
            .putInt(20, 0x1000)
            .array();
    Relocations relocations = Relocations.read(ImageBytes.of("it", image), 4);
    byte[] bytes = new byte[12];
    relocations.apply(bytes, bytes.length, 0x1000, 5);
    assertArrayEquals(new byte[] {5, 0, 0, 0, 0, 0, 0, 0, -5, -1, -1, -1}, bytes);
  }

  @Test
  void relocationsThatDoNotEndWhereTheElfFileDoesAreRefused() {
    byte[] vmlinux = TestKernel.vmlinux(14);
    byte[] longer = Arrays.copyOf(vmlinux, vmlinux.length + 4);
    assertThrows(
        MalformedImageException.class, () -> KernelImage.read(ImageBytes.of("it", longer)));
    byte[] shorter = Arrays.copyOf(vmlinux, vmlinux.length - 20);
    assertThrows(
        MalformedImageException.class, () -> KernelImage.read(ImageBytes.of("it", shorter)));
  }

  @Test
  void aRelocationOutsideTheKernelIsRefused() {
    byte[] vmlinux = TestKernel.vmlinux(14);
    ByteBuffer.wrap(vmlinux).order(ByteOrder.LITTLE_ENDIAN).putInt(vmlinux.length - 4, 0x12345678);
    var e =
        assertThrows(
            MalformedImageException.class, () -> KernelImage.read(ImageBytes.of("it", vmlinux)));
    assertEquals(0x12345678, e.offset());
  }
}
