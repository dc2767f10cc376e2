// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.settings;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads files of which nothing is known, not even that they end. */
public final class BoundedFiles {
  private BoundedFiles() {}

  /**
   * @param max bytes
   */
  public static byte[] read(Path path, int max) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(max + 1);
      if (bytes.length > max) {
        throw new IOException(path + " has more than " + max + " bytes.");
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw new IOException("There is no file " + path + ".", e);
    }
  }
}
