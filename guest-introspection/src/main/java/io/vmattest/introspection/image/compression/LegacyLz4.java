// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.compression;

import io.airlift.compress.lz4.Lz4Decompressor;
import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;

/** LZ4's legacy frame: the magic, then blocks of (u32 packed size, LZ4 block of at most 8 MiB). */
final class LegacyLz4 {
  private static final long MAGIC = 0x184c2102L;
  private static final int BLOCK = 8 << 20;
  private static final int MAX_PACKED_BLOCK = BLOCK + BLOCK / 255 + 16;

  private LegacyLz4() {}

  static void expand(ImageBytes view, byte[] packed, byte[] target) throws MalformedImageException {
    Lz4Decompressor lz4 = new Lz4Decompressor();
    int from = 4;
    int to = 0;
    while (from < packed.length) {
      long size = view.u32(from);
      from += 4;
      if (size == MAGIC) {
        continue; // frames that follow each other
      }
      if (size == 0 || size > MAX_PACKED_BLOCK || size > packed.length - from) {
        throw view.malformed(from - 4L, "a block cannot have " + size + " bytes");
      }
      int room = Math.min(BLOCK, target.length - to);
      to += lz4.decompress(packed, from, (int) size, target, to, room);
      from += (int) size;
    }
    if (to != target.length) {
      throw view.malformed(to, "is not of the size that it names");
    }
  }
}
