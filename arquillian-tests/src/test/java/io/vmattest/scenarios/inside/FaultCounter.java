// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios.inside;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A number in a file of the server's state folder: faults still to come. Read by both sides. */
public final class FaultCounter {
  private static final String FILE = "faults";

  private FaultCounter() {}

  /** In the server: whether this is to fail. */
  static synchronized boolean take() {
    Path file = Path.of(System.getProperty("vmattest.state", "."), FILE);
    try {
      if (!Files.exists(file)) {
        return false;
      }
      int left = Integer.parseInt(Files.readString(file).strip());
      if (left > 0) {
        Files.writeString(file, Integer.toString(left - 1));
      }
      return left > 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** In a test: lets the next so many fail. */
  public static void ask(Path state, int faults) throws IOException {
    Files.writeString(state.resolve(FILE), Integer.toString(faults));
  }

  /** In a test: how many of them did not happen. */
  public static int left(Path state) throws IOException {
    return Integer.parseInt(Files.readString(state.resolve(FILE)).strip());
  }
}
