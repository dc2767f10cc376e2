// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.compression;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.zstd.ZstdInputStream;
import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.tukaani.xz.XZInputStream;

/** A module file, which may be compressed and then does not say to what size. */
public final class CompressedModule {
  private CompressedModule() {}

  /** The module itself, whatever it is packed with; bytes without a known magic as they are. */
  public static ImageBytes expand(ImageBytes file, int limit) throws MalformedImageException {
    Optional<CompressedFormat> format = CompressedFormat.of(file);
    if (format.isEmpty()) {
      return file;
    }
    try (InputStream stream = open(format.get(), file)) {
      byte[] module = stream.readNBytes(limit);
      if (stream.read() != -1) {
        throw file.malformed(0, "expands to more than " + limit + " bytes");
      }
      return ImageBytes.of(file.what(), module);
    } catch (IOException | MalformedInputException | IndexOutOfBoundsException e) {
      throw new MalformedImageException(file.what(), 0, "is no valid " + format.get(), e);
    }
  }

  private static InputStream open(CompressedFormat format, ImageBytes file)
      throws IOException, MalformedImageException {
    InputStream packed = new ByteArrayInputStream(file.copy());
    return switch (format) {
      case GZIP -> new GZIPInputStream(packed);
      case XZ -> new XZInputStream(packed, CompressedFormat.XZ_MEMORY_KIB);
      case ZSTD -> new ZstdInputStream(packed);
      case LZ4_LEGACY -> throw file.malformed(0, "modules are not packed with LZ4");
    };
  }
}
