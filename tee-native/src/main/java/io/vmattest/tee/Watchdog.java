// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process that outlives this one and frees a guest whose background snapshot is not read to its
 * end: QEMU 7.2 would leave the guest hanging. See {@code watchdog/main.c}. Not thread-safe.
 */
public final class Watchdog implements AutoCloseable {
  private static final String NAME = "vmtee-watchdog";
  private static final String READY = "ready";
  private static final String UNTOUCHED = "untouched";
  private static final String GONE = "gone";
  private static final String FREED = "freed ";
  private static final Duration START = Duration.ofSeconds(10);

  /** What became of the guest. */
  public enum Outcome {
    /** Nothing had to be done: QEMU came to its end, or freed the guest by itself. */
    UNTOUCHED,
    /** The guest hung, and has been freed; what was read of it is of no instant. */
    FREED,
    /** QEMU has ended. */
    GONE
  }

  private final Process process;
  private final BufferedReader output;

  private Watchdog(Process process) {
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * Starts one before the snapshot begins, or after its reader was lost.
   *
   * @param pid of QEMU
   * @param startTime of that process, clock ticks since the host's boot (proc(5), stat, field 22)
   * @param socket inode of the socket that QEMU migrates into
   * @param atMost after so long without a word from us we count as lost
   * @throws IOException if it cannot run here, or could not free the guest: why, in its words
   */
  public static Watchdog start(long pid, long startTime, long socket, Duration atMost)
      throws IOException, InterruptedException {
    try (UnpackedFile program = UnpackedFile.of(NAME)) {
      ProcessBuilder builder =
          new ProcessBuilder(
                  List.of(
                      program.path().toString(),
                      Long.toString(pid),
                      Long.toString(startTime),
                      Long.toString(socket),
                      Long.toString(atMost.toSeconds())))
              .directory(new File("/"))
              .redirectError(Redirect.DISCARD);
      builder.environment().clear();
      Watchdog watchdog = new Watchdog(builder.start());
      watchdog.awaitReady();
      return watchdog;
    }
  }

  private void awaitReady() throws IOException, InterruptedException {
    boolean ready = false;
    try {
      String line = nextLine(START);
      ready = line.equals(READY);
      if (!ready) {
        throw new IOException(NAME + " does not start: " + line);
      }
    } finally {
      if (!ready) {
        process.destroyForcibly();
        close();
      }
    }
  }

  /** Empty if it ends without another line. */
  private String nextLine(Duration atMost) throws IOException, InterruptedException {
    CompletableFuture<String> line = new CompletableFuture<>();
    Thread reader = new Thread(() -> readInto(line), "vmattest-watchdog-reader");
    reader.setDaemon(true);
    reader.start();
    try {
      return line.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException(NAME + " said nothing within " + atMost.toSeconds() + " s", e);
    } catch (ExecutionException e) {
      throw new IOException(NAME + " cannot be read", e.getCause());
    }
  }

  private void readInto(CompletableFuture<String> result) {
    try {
      String line = output.readLine();
      result.complete(line == null ? "" : line);
    } catch (IOException e) {
      result.completeExceptionally(e);
    }
  }

  /**
   * Says that the snapshot was read to its end. Only if the outcome is UNTOUCHED is it one: a
   * watchdog whose time was up has let the guest write meanwhile.
   */
  public Outcome dismiss(Duration atMost) throws IOException, InterruptedException {
    try (OutputStream word = process.getOutputStream()) {
      word.write("done\n".getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      // It has ended already; its last word says how.
    }
    return outcome(atMost);
  }

  /**
   * Says that the snapshot is given up, and waits until the guest is free. QEMU's socket must be
   * closed here first.
   *
   * @throws IOException if it could not be freed in time; the watchdog may still be at it
   */
  public Outcome recover(Duration atMost) throws IOException, InterruptedException {
    closeInput();
    return outcome(atMost);
  }

  private Outcome outcome(Duration atMost) throws IOException, InterruptedException {
    String line = nextLine(atMost);
    if (line.equals(UNTOUCHED)) {
      return Outcome.UNTOUCHED;
    }
    if (line.equals(GONE)) {
      return Outcome.GONE;
    }
    if (line.startsWith(FREED)) {
      return Outcome.FREED;
    }
    throw new IOException(NAME + " says: " + (line.isEmpty() ? "nothing" : line));
  }

  private void closeInput() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // The descriptor is closed all the same.
    }
  }

  /** Lets it end as if we had died, should it not have ended yet. Does not wait for it. */
  @Override
  public void close() {
    closeInput();
  }
}
