// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.rest.RestClient;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** A core on its way to a file, which has its name only once it is whole. */
final class CoreFile {
  private static final byte[] MAGIC = {0x7f, 'E', 'L', 'F'};

  private CoreFile() {}

  /**
   * @throws IOException also if it broke off, or is no core; then there is no file
   */
  static void fetch(RestClient client, String path, Path file) throws IOException {
    Path whole = file.toAbsolutePath();
    // Made for its owner alone (Files.createTempFile), before there is anything in it.
    Path part = Files.createTempFile(whole.getParent(), "." + whole.getFileName() + ".", ".part");
    try {
      client.download(path, part, Files.getFileStore(part).getUsableSpace());
      checkMagic(part);
      try (FileChannel written = FileChannel.open(part, StandardOpenOption.WRITE)) {
        written.force(true);
      }
      Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static void checkMagic(Path part) throws IOException {
    try (InputStream input = Files.newInputStream(part)) {
      if (!Arrays.equals(MAGIC, input.readNBytes(MAGIC.length))) {
        throw new IOException("The server's answer is not an ELF core file.");
      }
    }
  }
}
