// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.vmlinux;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.compression.CompressedFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A bootable kernel image: the setup code with its header (Linux/x86 boot protocol 2.08 or newer),
 * then the kernel, compressed, and at its end its size as u32.
 */
public final class BzImage {
  private static final int SECTOR = 512;
  private static final int SETUP_SECTS = 0x1f1;
  private static final int MAGIC = 0x202;
  private static final int VERSION = 0x206;
  private static final int PAYLOAD_OFFSET = 0x248;
  private static final int PAYLOAD_LENGTH = 0x24c;
  private static final int HDRS = 0x53726448;
  private static final int SIZE_TRAILER = 4;

  /** A kernel of Debian has 60 MiB, one with everything built in not much over 200. */
  private static final int MAX_KERNEL = 512 << 20;

  private BzImage() {}

  /**
   * Whether a stream that can be marked goes on with such an image; nothing is taken from it.
   *
   * @throws IOException if it cannot be read
   */
  public static boolean isNext(InputStream stream) throws IOException {
    stream.mark(MAGIC + Integer.BYTES);
    byte[] start = stream.readNBytes(MAGIC + Integer.BYTES);
    stream.reset();
    return start.length == MAGIC + Integer.BYTES
        && ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt(MAGIC) == HDRS;
  }

  /** The kernel: an ELF file with its relocations after it. */
  public static ImageBytes kernel(ImageBytes bzImage) throws MalformedImageException {
    ImageBytes payload = payload(bzImage);
    CompressedFormat format =
        CompressedFormat.of(payload)
            .orElseThrow(() -> payload.malformed(0, "is packed in an unknown way"));
    long size = payload.u32(payload.length() - SIZE_TRAILER);
    // gzip has that trailer itself; to the others the kernel's build appends it.
    ImageBytes packed =
        format == CompressedFormat.GZIP
            ? payload
            : payload.part("the kernel", 0, payload.length() - SIZE_TRAILER);
    return ImageBytes.of("vmlinux", format.expand(packed, size, MAX_KERNEL));
  }

  private static ImageBytes payload(ImageBytes image) throws MalformedImageException {
    if (image.s32(MAGIC) != HDRS || image.u16(VERSION) < 0x208) {
      throw image.malformed(MAGIC, "is no bzImage of boot protocol 2.08 or newer");
    }
    int sectors = image.u8(SETUP_SECTS) == 0 ? 4 : image.u8(SETUP_SECTS);
    long start = (sectors + 1L) * SECTOR + image.u32(PAYLOAD_OFFSET);
    long length = image.u32(PAYLOAD_LENGTH);
    if (length <= SIZE_TRAILER) {
      throw image.malformed(PAYLOAD_LENGTH, "has a payload of " + length + " bytes");
    }
    return image.part("the payload", start, length);
  }
}
