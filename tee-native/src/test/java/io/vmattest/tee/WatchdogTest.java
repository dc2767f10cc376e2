// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On a process that is no QEMU; background_test.c and the connector's tests have guests. */
@Timeout(60)
class WatchdogTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final long NO_SOCKET = 1;

  private final long pid = ProcessHandle.current().pid();
  private long start;

  @BeforeEach
  void mayTrace() throws Exception {
    assumeTrue(
        System.getProperty("user.name").equals("root"), "only root may watch over QEMU's process");
    String stat = Files.readString(Path.of("/proc/self/stat"));
    start = Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19]);
  }

  @Test
  void aSnapshotThatWasReadNeedsNoHelp() throws Exception {
    try (Watchdog watchdog = Watchdog.start(pid, start, NO_SOCKET, LONG)) {
      assertEquals(Watchdog.Outcome.UNTOUCHED, watchdog.dismiss(LONG));
    }
  }

  @Test
  void aProcessWithoutProtectedMemoryIsLeftAlone() throws Exception {
    try (Watchdog watchdog = Watchdog.start(pid, start, NO_SOCKET, LONG)) {
      assertEquals(Watchdog.Outcome.UNTOUCHED, watchdog.recover(LONG));
    }
  }

  @Test
  void aProcessThatHasEndedNeedsNoHelp() throws Exception {
    Process process = new ProcessBuilder("sleep", "600").start();
    String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    long began = Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19]);
    try (Watchdog watchdog = Watchdog.start(process.pid(), began, NO_SOCKET, LONG)) {
      process.destroyForcibly().waitFor();
      assertEquals(Watchdog.Outcome.GONE, watchdog.dismiss(LONG));
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void anotherProcessWithTheSameNumberIsNotWatched() {
    IOException e =
        assertThrows(IOException.class, () -> Watchdog.start(pid, start + 1, NO_SOCKET, LONG));
    assertTrue(String.valueOf(e.getMessage()).endsWith("gone"), e.getMessage());
  }

  @Test
  void nothingStaysInTheFolderForTemporaryFiles() throws Exception {
    UnpackedFile file = UnpackedFile.of("vmtee-watchdog");
    assertTrue(Files.isExecutable(file.path()));
    file.close();
    assertTrue(Files.notExists(file.path().getParent()));
  }
}
