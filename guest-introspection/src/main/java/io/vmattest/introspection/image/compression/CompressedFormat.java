// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.compression;

import io.airlift.compress.MalformedInputException;
import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.tukaani.xz.XZInputStream;

/** How a kernel or a module is compressed, known by its first bytes. */
public enum CompressedFormat {
  GZIP(0x1f, 0x8b) {
    @Override
    void expand(byte[] packed, byte[] target) throws IOException, MalformedImageException {
      fill(new GZIPInputStream(new ByteArrayInputStream(packed)), target);
    }
  },
  XZ(0xfd, '7', 'z', 'X', 'Z', 0) {
    @Override
    void expand(byte[] packed, byte[] target) throws IOException, MalformedImageException {
      fill(new XZInputStream(new ByteArrayInputStream(packed), XZ_MEMORY_KIB), target);
    }
  },
  ZSTD(0x28, 0xb5, 0x2f, 0xfd) {
    @Override
    void expand(byte[] packed, byte[] target) throws MalformedImageException {
      int size = Zstd.expand(packed, target);
      if (size != target.length) {
        throw new MalformedImageException(name(), size, "is not of the size that it names");
      }
    }
  },
  /** What `lz4 -l` writes, and the only LZ4 format that kernels know. */
  LZ4_LEGACY(0x02, 0x21, 0x4c, 0x18) {
    @Override
    void expand(byte[] packed, byte[] target) throws MalformedImageException {
      LegacyLz4.expand(ImageBytes.of(name(), packed), packed, target);
    }
  };

  /** Kernels are packed with dictionaries of up to 32 MiB, packages of up to 64 MiB. */
  public static final int XZ_MEMORY_KIB = 128 << 10;

  /** A real kernel shrinks to a fifth; text that repeats more than this is a bomb. */
  private static final int MAX_RATIO = 256;

  private final byte[] magic;

  CompressedFormat(int... magic) {
    this.magic = new byte[magic.length];
    for (int i = 0; i < magic.length; i++) {
      this.magic[i] = (byte) magic[i];
    }
  }

  /** Empty where the bytes start with no magic known here. */
  public static Optional<CompressedFormat> of(ImageBytes packed) {
    for (CompressedFormat format : values()) {
      if (packed.startsWith(format.magic)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }

  /**
   * Expands to exactly the size given, and refuses less and more.
   *
   * @param size in bytes; nothing is allocated before it is compared with the limit
   */
  public byte[] expand(ImageBytes packed, long size, int limit) throws MalformedImageException {
    if (size > limit || size > (long) packed.length() * MAX_RATIO) {
      throw packed.malformed(0, packed.length() + " bytes would expand to " + size);
    }
    byte[] target = new byte[(int) size];
    try {
      expand(packed.copy(), target);
    } catch (IOException | MalformedInputException | IndexOutOfBoundsException e) {
      throw new MalformedImageException(packed.what(), 0, "is no valid " + name(), e);
    }
    return target;
  }

  abstract void expand(byte[] packed, byte[] target) throws IOException, MalformedImageException;

  private static void fill(InputStream stream, byte[] target)
      throws IOException, MalformedImageException {
    try (stream) {
      int size = stream.readNBytes(target, 0, target.length);
      if (size != target.length || stream.read() != -1) {
        throw new MalformedImageException("a stream", size, "is not of the size that it names");
      }
    }
  }
}
