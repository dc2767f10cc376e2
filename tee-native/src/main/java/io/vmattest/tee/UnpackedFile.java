// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** One of the module's files in this jar, as a file that only we can reach; gone when closed. */
final class UnpackedFile implements AutoCloseable {
  private static final String FOLDER = "/linux-x86_64/";

  private final Path folder;
  private final Path path;

  private UnpackedFile(Path folder, Path path) {
    this.folder = folder;
    this.path = path;
  }

  /**
   * @throws UnsatisfiedLinkError if this jar does not hold it
   * @throws IOException if it cannot be unpacked into the folder for temporary files
   */
  static UnpackedFile of(String name) throws IOException {
    Path folder = Files.createTempDirectory("vmtee");
    UnpackedFile file = new UnpackedFile(folder, folder.resolve(name));
    boolean unpacked = false;
    try {
      file.unpack(name);
      unpacked = true;
      return file;
    } finally {
      if (!unpacked) {
        file.close();
      }
    }
  }

  private void unpack(String name) throws IOException {
    try (InputStream in = UnpackedFile.class.getResourceAsStream(FOLDER + name)) {
      if (in == null) {
        throw new UnsatisfiedLinkError("this jar holds no " + FOLDER + name);
      }
      Files.copy(in, path);
    }
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
  }

  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(path);
    Files.delete(folder);
  }
}
