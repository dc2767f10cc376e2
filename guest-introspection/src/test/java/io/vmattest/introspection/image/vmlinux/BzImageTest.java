// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.vmlinux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.compression.CompressedFormat;
import io.vmattest.introspection.image.testing.TestPackage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BzImageTest {
  /** More than an LZ4 block. */
  private static final byte[] KERNEL = kernel();

  private static byte[] kernel() {
    byte[] bytes = new byte[9 << 20];
    Random random = new Random(1);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) random.nextInt(4);
    }
    return bytes;
  }

  private static ImageBytes read(byte[] bzImage) throws MalformedImageException {
    return BzImage.kernel(ImageBytes.of("it", bzImage));
  }

  @ParameterizedTest
  @EnumSource
  void theKernelIsUnpackedByItsFormat(CompressedFormat format) throws Exception {
    assertArrayEquals(KERNEL, read(TestPackage.bzImage(format, KERNEL)).copy());
  }

  @ParameterizedTest
  @EnumSource
  void aKernelOfAnotherSizeThanItSaysIsRefused(CompressedFormat format) throws Exception {
    for (int difference : new int[] {-1, 1}) {
      byte[] bzImage = TestPackage.bzImage(format, KERNEL);
      ByteBuffer image = ByteBuffer.wrap(bzImage).order(ByteOrder.LITTLE_ENDIAN);
      int trailer = bzImage.length - 32 - 4;
      assertEquals(KERNEL.length, image.getInt(trailer));
      image.putInt(trailer, KERNEL.length + difference);
      assertThrows(MalformedImageException.class, () -> read(bzImage));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSizeThatNoKernelHasIsRefusedBeforeItIsAllocated(CompressedFormat format) throws Exception {
    byte[] bzImage = TestPackage.bzImage(format, new byte[100]);
    ByteBuffer image = ByteBuffer.wrap(bzImage).order(ByteOrder.LITTLE_ENDIAN);
    image.putInt(bzImage.length - 32 - 4, 0x7ffffff0);
    var e = assertThrows(MalformedImageException.class, () -> read(bzImage));
    assertTrue(e.toString().contains("would expand to 2147483632"), e.toString());
  }

  @Test
  void whatIsNoBzImageIsRefusedByItsPlace() throws Exception {
    byte[] bzImage = TestPackage.bzImage(CompressedFormat.GZIP, new byte[100]);
    bzImage[0x202] = 'X';
    assertEquals(0x202, assertThrows(MalformedImageException.class, () -> read(bzImage)).offset());
    byte[] older = TestPackage.bzImage(CompressedFormat.GZIP, new byte[100]);
    older[0x206] = 7;
    older[0x207] = 2;
    assertThrows(MalformedImageException.class, () -> read(older));
    assertThrows(MalformedImageException.class, () -> read(new byte[0]));
    assertThrows(MalformedImageException.class, () -> read(Arrays.copyOf(bzImage, 0x210)));
  }
}
