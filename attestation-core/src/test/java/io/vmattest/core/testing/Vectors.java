// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Genuine evidence from the folder that the system property vmattest.vectors names. */
public final class Vectors {
  private Vectors() {}

  /** The file's path; without it, the test is skipped and says why. */
  public static Path path(String name) {
    Path path = Path.of(System.getProperty("vmattest.vectors", "vectors")).resolve(name);
    if (!Files.exists(path)) {
      System.out.println("SKIPPED: there is no vector " + path.toAbsolutePath());
      Assumptions.abort("there is no vector " + path.toAbsolutePath());
    }
    return path;
  }

  public static byte[] bytes(String name) {
    try {
      return Files.readAllBytes(path(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static String text(String name) {
    try {
      return Files.readString(path(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
