// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A {@link CapturingServer} that runs. */
final class ServerProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 120;

  private final Process process;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  private ServerProcess(Process process) {
    this.process = process;
    Thread reader = new Thread(this::read, "server-output");
    reader.setDaemon(true);
    reader.start();
  }

  /** Gives it once it is ready. */
  static ServerProcess start(String uri, Path state, String tcti, Path log)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                CapturingServer.class.getName(),
                uri,
                state.toString(),
                tcti)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    ServerProcess server = new ServerProcess(process);
    server.await("ready");
    return server;
  }

  private void read() {
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      String line;
      while ((line = output.readLine()) != null) {
        lines.add(line);
      }
    } catch (IOException e) {
      // It was killed.
    }
    lines.add("ended");
  }

  /** Asks for a capture and waits until it begins. */
  void begin(UUID vm, boolean keepSnapshot) throws InterruptedException {
    try {
      process
          .getOutputStream()
          .write((vm + " " + keepSnapshot + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await("begun");
  }

  /** Whether the capture has ended already. */
  boolean isOver() {
    return !lines.isEmpty();
  }

  /** The capture's outcome, once it is back from it. */
  String outcome() throws InterruptedException {
    String outcome = next();
    if (!outcome.equals("ended")) {
      String last = next();
      // Dropping the snapshot may fail after the capture was done.
      return last.equals("idle") ? outcome : last + awaitIdle();
    }
    return outcome;
  }

  private String awaitIdle() throws InterruptedException {
    await("idle");
    return "";
  }

  private void await(String wanted) throws InterruptedException {
    String line = next();
    if (!line.equals(wanted)) {
      throw new AssertionError("instead of " + wanted + ": " + line);
    }
  }

  private String next() throws InterruptedException {
    String line = lines.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (line == null) {
      throw new AssertionError("the server says nothing for " + PATIENCE_SECONDS + " s");
    }
    return line;
  }

  /** As SIGKILL does it. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
  }
}
