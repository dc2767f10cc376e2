// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.snapshots;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs that say little and end soon. */
final class Programs {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int MAX_OUTPUT = 4 << 20;

  private Programs() {}

  /**
   * @return what it printed
   * @throws IOException if it fails, or does not end
   */
  static String run(List<String> command) throws IOException, InterruptedException {
    return run(command, PATIENCE);
  }

  static String run(List<String> command, Duration patience)
      throws IOException, InterruptedException {
    // Into a file: a program that hangs would keep the reader of a pipe for ever.
    Path output = Files.createTempFile("vmattest", ".out");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      process.getOutputStream().close();
      await(process, command.get(0), patience);
      String text = read(output);
      if (process.exitValue() != 0) {
        throw new IOException(command.get(0) + ": " + text.strip());
      }
      return text;
    } finally {
      Files.deleteIfExists(output);
    }
  }

  private static void await(Process process, String name, Duration patience)
      throws IOException, InterruptedException {
    boolean ended = false;
    try {
      ended = process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
    } finally {
      if (!ended) {
        process.destroyForcibly();
      }
    }
    if (!ended) {
      throw new IOException(name + " did not end within " + patience.toSeconds() + " s");
    }
  }

  private static String read(Path output) throws IOException {
    try (InputStream in = Files.newInputStream(output)) {
      return new String(in.readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8);
    }
  }
}
