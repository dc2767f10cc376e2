// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.compression;

import io.airlift.compress.zstd.ZstdDecompressor;

/** A zstd frame (RFC 8878) with a window of any size. */
final class Zstd {
  private static final int DESCRIPTOR = 4;
  private static final int SINGLE_SEGMENT = 1 << 5;
  private static final int WINDOW = 5;

  /** 8 MiB: exponent 13, mantissa 0. */
  private static final byte LARGEST_KNOWN_WINDOW = 13 << 3;

  private Zstd() {}

  /**
   * Kernels are packed with windows of 128 MiB. The decompressor refuses more than 8 MiB, although
   * it looks back into the whole output and so needs no window: the frame is made to ask for less.
   *
   * @param packed changed by the call
   * @return the size of what was unpacked
   */
  static int expand(byte[] packed, byte[] target) {
    boolean hasWindow = packed.length > WINDOW && (packed[DESCRIPTOR] & SINGLE_SEGMENT) == 0;
    if (hasWindow && Byte.toUnsignedInt(packed[WINDOW]) > LARGEST_KNOWN_WINDOW) {
      packed[WINDOW] = LARGEST_KNOWN_WINDOW;
    }
    return new ZstdDecompressor().decompress(packed, 0, packed.length, target, 0, target.length);
  }
}
