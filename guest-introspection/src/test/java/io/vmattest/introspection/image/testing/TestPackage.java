// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.testing;

import io.airlift.compress.lz4.Lz4Compressor;
import io.airlift.compress.zstd.ZstdCompressor;
import io.airlift.compress.zstd.ZstdOutputStream;
import io.vmattest.introspection.image.compression.CompressedFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Makes packages and bzImages. */
public final class TestPackage {
  public static final List<String> ENDS = List.of("", ".gz", ".xz", ".zst");

  private TestPackage() {}

  public static byte[] deb(String end, String path, byte[] content) throws IOException {
    return deb(end, Map.of(path, content));
  }

  /**
   * A package with these files.
   *
   * @param end of data.tar's name
   */
  public static byte[] deb(String end, Map<String, byte[]> files) throws IOException {
    Map<String, byte[]> members = new LinkedHashMap<>();
    members.put("debian-binary", "2.0\n".getBytes(StandardCharsets.US_ASCII));
    members.put("control.tar", new byte[1024]);
    members.put("data.tar" + end, packed(end, tar(files)));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ArArchiveOutputStream ar = new ArArchiveOutputStream(bytes)) {
      for (var member : members.entrySet()) {
        ar.putArchiveEntry(new ArArchiveEntry(member.getKey(), member.getValue().length));
        ar.write(member.getValue());
        ar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] tar(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
      for (var file : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry("./" + file.getKey());
        entry.setSize(file.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(file.getValue());
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  public static byte[] packed(String end, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream stream = stream(end, bytes)) {
      stream.write(content);
    }
    return bytes.toByteArray();
  }

  private static OutputStream stream(String end, OutputStream target) throws IOException {
    return switch (end) {
      case ".gz" -> new GZIPOutputStream(target);
      case ".xz" -> new XZOutputStream(target, new LZMA2Options(1));
      case ".zst" -> new ZstdOutputStream(target);
      default -> target;
    };
  }

  public static byte[] packed(CompressedFormat format, byte[] content) throws IOException {
    return switch (format) {
      case GZIP -> packed(".gz", content);
      case XZ -> packed(".xz", content);
      case ZSTD -> zstd(content);
      case LZ4_LEGACY -> lz4(content);
    };
  }

  private static byte[] zstd(byte[] content) {
    ZstdCompressor zstd = new ZstdCompressor();
    byte[] packed = new byte[zstd.maxCompressedLength(content.length)];
    int size = zstd.compress(content, 0, content.length, packed, 0, packed.length);
    return Arrays.copyOf(packed, size);
  }

  private static byte[] lz4(byte[] content) {
    Lz4Compressor lz4 = new Lz4Compressor();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(word(0x184c2102));
    int block = 8 << 20;
    for (int at = 0; at < content.length; at += block) {
      int length = Math.min(block, content.length - at);
      byte[] packed = new byte[lz4.maxCompressedLength(length)];
      int size = lz4.compress(content, at, length, packed, 0, packed.length);
      bytes.writeBytes(word(size));
      bytes.write(packed, 0, size);
    }
    return bytes.toByteArray();
  }

  private static byte[] word(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  /** The payload begins 16 bytes into the protected-mode code, after two setup sectors. */
  public static byte[] bzImage(CompressedFormat format, byte[] kernel) throws IOException {
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    payload.writeBytes(packed(format, kernel));
    if (format != CompressedFormat.GZIP) {
      payload.writeBytes(word(kernel.length));
    }
    int start = 3 * 512 + 16;
    return ByteBuffer.allocate(start + payload.size() + 32)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(0x1f1, (byte) 2)
        .putInt(0x202, 0x53726448)
        .putShort(0x206, (short) 0x20f)
        .putInt(0x248, 16)
        .putInt(0x24c, payload.size())
        .put(start, payload.toByteArray())
        .array();
  }
}
