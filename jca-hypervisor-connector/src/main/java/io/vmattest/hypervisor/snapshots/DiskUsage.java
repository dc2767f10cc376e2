// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** How much of the disk files take: those of a store have holes. */
final class DiskUsage {
  /** A file that goes while they are counted makes du fail. */
  private static final int TRIES = 3;

  private DiskUsage() {}

  /** Bytes of blocks. */
  static long below(Path folder) throws IOException {
    for (int left = TRIES - 1; ; left--) {
      try {
        return count(folder);
      } catch (IOException e) {
        if (left == 0) {
          throw e;
        }
      }
    }
  }

  private static long count(Path folder) throws IOException {
    try {
      String said =
          Programs.run(
              List.of(
                  "du",
                  "--summarize",
                  "--one-file-system",
                  "--block-size=1",
                  "--",
                  folder.toString()));
      return Long.parseLong(said.split("\t", 2)[0]);
    } catch (NumberFormatException e) {
      throw new IOException("du said no number of bytes of " + folder, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
