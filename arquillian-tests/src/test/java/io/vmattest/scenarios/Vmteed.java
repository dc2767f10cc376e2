// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The assembled server's vmteed, run as a user without rights who alone may open a TPM of its own.
 * Not thread-safe.
 */
final class Vmteed implements AutoCloseable {
  /** That of "nobody", and its group. */
  static final int USER = 65534;

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String ONLY_ITS_USER = "rwx------";
  private static final String TRAVERSED = "rwx--x--x";

  private final Testbed testbed;
  private final Path folder;
  private @Nullable Process process;

  private Vmteed(Testbed testbed, Path folder) {
    this.testbed = testbed;
    this.folder = folder;
  }

  /**
   * Makes TPM and state folder, and starts it; root may use it.
   *
   * @param folder is made; its path is short enough for a socket's name
   */
  static Vmteed start(Testbed testbed, Path folder) throws IOException {
    Vmteed module = new Vmteed(testbed, folder);
    Files.createDirectories(module.keys());
    give(folder, TRAVERSED);
    give(module.keys(), ONLY_ITS_USER);
    module.startTpm();
    module.start();
    return module;
  }

  private static void give(Path file, String permissions) throws IOException {
    Files.setAttribute(file, "unix:uid", USER);
    Files.setAttribute(file, "unix:gid", USER);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  private void startTpm() throws IOException {
    // Never the machine's own, which is not to be given to that user.
    testbed.command(
        "env",
        "VMATTEST_TPM=swtpm",
        testbed.scripts().resolve("tpm.sh").toString(),
        "start",
        tpm().toString());
    Files.setPosixFilePermissions(tpm(), PosixFilePermissions.fromString(TRAVERSED));
    give(tpmSocket(), "rw-------");
    give(tpm().resolve("sock.ctrl"), "rw-------");
    Path issuers = keys().resolve("ek-issuers.pem");
    Files.copy(tpm().resolve("ek-issuers.pem"), issuers, StandardCopyOption.REPLACE_EXISTING);
    give(issuers, "rw-------");
  }

  /** Starts it, again after {@link #stop()}, and waits until it serves. */
  void start() throws IOException {
    // That user cannot reach the server's folder where a parent of it is closed.
    Path program = folder.resolve("vmteed");
    Files.copy(
        testbed.server().resolve("vmteed/vmteed"), program, StandardCopyOption.REPLACE_EXISTING);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("r-xr-xr-x"));
    Path log = folder.resolve("log");
    Files.deleteIfExists(log);
    Process started =
        new ProcessBuilder(
                "setpriv",
                "--reuid=" + USER,
                "--regid=" + USER,
                "--clear-groups",
                "--no-new-privs",
                program.toString(),
                "--socket",
                socket().toString(),
                "--state",
                keys().toString(),
                "--tcti",
                "swtpm:path=" + tpmSocket(),
                "--allow-user",
                "0")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    process = started;
    Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
    Await.until("vmteed's word", PATIENCE, () -> !started.isAlive() || isReady(log));
    String said = Files.readString(log);
    if (!said.equals("vmteed: ready\n")) {
      started.destroyForcibly();
      throw new IOException("vmteed does not start well: " + said);
    }
  }

  private static boolean isReady(Path log) {
    try {
      return Files.readString(log).contains("vmteed: ready\n");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  Path socket() {
    return folder.resolve("socket");
  }

  /** Its state folder. */
  Path keys() {
    return folder.resolve("keys");
  }

  private Path tpm() {
    return folder.resolve("tpm");
  }

  private Path tpmSocket() {
    return tpm().resolve("sock");
  }

  /** Authorities of its TPM, in PEM. */
  Path endorsementRoots() {
    return tpm().resolve("endorsement-roots.pem");
  }

  /** The kernel's word on the process, by name: proc(5), status. */
  Map<String, String> status() throws IOException {
    Process running = process;
    if (running == null) {
      throw new IllegalStateException("vmteed does not run");
    }
    return Files.readAllLines(Path.of("/proc/" + running.pid() + "/status")).stream()
        .map(line -> line.split(":", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1].strip()));
  }

  /** Ends it in good order. */
  void stop() throws IOException {
    Process running = process;
    if (running == null) {
      return;
    }
    process = null;
    running.destroy();
    try {
      if (!running.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || running.exitValue() != 0) {
        throw new IOException(
            "vmteed did not end well: " + Files.readString(folder.resolve("log")));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } finally {
      running.destroyForcibly();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      stop();
    } finally {
      testbed.script("tpm.sh", "stop", tpm().toString());
    }
  }
}
