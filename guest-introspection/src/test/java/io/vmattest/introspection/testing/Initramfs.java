// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A cpio archive ("newc") that the kernel unpacks over the one it comes behind. */
final class Initramfs {
  private static final int EXECUTABLE = 0100755;
  private static final int ALIGNMENT = 4;

  private Initramfs() {}

  static byte[] withScript(String name, String script) {
    return withFiles(Map.of(name, script.getBytes(StandardCharsets.US_ASCII)));
  }

  /** Executable files by their names in the root folder. */
  static byte[] withFiles(Map<String, byte[]> files) {
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    files.forEach((name, content) -> entry(archive, name, EXECUTABLE, content));
    entry(archive, "TRAILER!!!", 0, new byte[0]);
    return archive.toByteArray();
  }

  private static void entry(ByteArrayOutputStream archive, String name, int mode, byte[] content) {
    int[] fields = {1, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length() + 1, 0};
    StringBuilder header = new StringBuilder("070701");
    for (int field : fields) {
      header.append("%08x".formatted(field));
    }
    archive.writeBytes((header + name + "\0").getBytes(StandardCharsets.US_ASCII));
    pad(archive);
    archive.writeBytes(content);
    pad(archive);
  }

  private static void pad(ByteArrayOutputStream archive) {
    while (archive.size() % ALIGNMENT != 0) {
      archive.write(0);
    }
  }
}
