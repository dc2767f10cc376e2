// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A vmteed of its own in one directory, run as a user without any right. Needs root, to become that
 * user. Not thread-safe.
 */
public final class ModuleProcess implements AutoCloseable {
  /** That of "nobody"; the test makes what it owns. */
  public static final int USER = 65534;

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int RETRY_MILLIS = 10;

  private final Path directory;
  private final String tcti;
  private @Nullable Process process;

  private ModuleProcess(Path directory, String tcti) {
    this.directory = directory;
    this.tcti = tcti;
  }

  /**
   * Starts it; this process alone may use it.
   *
   * @param directory an existing empty directory, whose path is short enough for a socket's name
   */
  public static ModuleProcess start(Path directory, String tcti)
      throws IOException, InterruptedException {
    ModuleProcess module = new ModuleProcess(directory.toAbsolutePath(), tcti);
    Path program = module.program();
    try (InputStream in = ModuleProcess.class.getResourceAsStream("/linux-x86_64/vmteed")) {
      Files.copy(in, program);
    }
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("r-xr-xr-x"));
    give(directory, "rwx--x--x");
    give(Files.createDirectory(module.keys()), "rwx------");
    module.start();
    return module;
  }

  /** Makes a file that user's. */
  public static void give(Path file, String permissions) throws IOException {
    Files.setAttribute(file, "unix:uid", USER);
    Files.setAttribute(file, "unix:gid", USER);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  /** Starts it again after {@link #kill()}. */
  public void start() throws IOException, InterruptedException {
    Files.deleteIfExists(socket());
    Process started =
        new ProcessBuilder(
                "setpriv",
                "--reuid=" + USER,
                "--regid=" + USER,
                "--clear-groups",
                "--no-new-privs",
                program().toString(),
                "--socket",
                socket().toString(),
                "--state",
                keys().toString(),
                "--tcti",
                tcti,
                "--allow-user",
                "0")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .start();
    process = started;
    // A test run that is ended from outside must not leave it behind.
    Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!Files.exists(socket())) {
      if (!started.isAlive() || System.nanoTime() - end >= 0) {
        started.destroyForcibly();
        throw new IOException("vmteed does not start: " + Files.readString(log()));
      }
      Thread.sleep(RETRY_MILLIS);
    }
  }

  public Path socket() {
    return directory.resolve("socket");
  }

  /** Where it keeps the key's blobs. */
  public Path keys() {
    return directory.resolve("keys");
  }

  private Path program() {
    return directory.resolve("vmteed");
  }

  private Path log() {
    return directory.resolve("log");
  }

  /** Ends it by SIGKILL. */
  public void kill() throws InterruptedException {
    Process running = process;
    if (running != null) {
      running.destroyForcibly().waitFor();
      process = null;
    }
  }

  /**
   * Ends it in good order.
   *
   * @throws IOException if it does not end well
   */
  @Override
  public void close() throws IOException, InterruptedException {
    Process running = process;
    if (running == null) {
      return;
    }
    process = null;
    running.destroy();
    if (!running.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || running.exitValue() != 0) {
      running.destroyForcibly();
      throw new IOException("vmteed did not end well: " + Files.readString(log()));
    }
  }
}
