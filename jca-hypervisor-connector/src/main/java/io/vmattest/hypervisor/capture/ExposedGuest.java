// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.tee.NativeFile;
import io.vmattest.tee.Watchdog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A guest in a background snapshot, which would hang if the snapshot were not read to its end.
 *
 * @param socket inode of the socket that QEMU migrates into
 */
record ExposedGuest(QemuProcess qemu, long socket) {
  /** From the reader's loss until the guest is free, more than it takes. */
  private static final Duration RECOVERY = Duration.ofSeconds(30);

  private static final Pattern SOCKET = Pattern.compile("socket:\\[(\\d{1,19})]");

  /**
   * @param hypervisor the end of the socket that QEMU will get
   */
  static ExposedGuest of(GuestDomain domain, NativeFile hypervisor)
      throws LibvirtFailure, IOException {
    String link =
        Files.readSymbolicLink(Path.of("/proc/self/fd/" + hypervisor.descriptor())).toString();
    Matcher socket = SOCKET.matcher(link);
    if (!socket.matches()) {
      throw new IOException("/proc does not name the socket, but " + link);
    }
    return new ExposedGuest(QemuProcess.of(domain), Long.parseLong(socket.group(1)));
  }

  /**
   * Has a process of its own watch over the guest.
   *
   * @param atMost how long the snapshot may take
   * @throws IOException if that cannot be done on this host
   */
  Watchdog watch(Duration atMost) throws IOException, InterruptedException {
    return Watchdog.start(qemu.pid(), qemu.startTime(), socket, atMost);
  }

  /**
   * Frees the guest whose snapshot is given up. Asks neither QEMU nor libvirt: a QEMU that hangs
   * with its guest would not answer.
   *
   * @param watchdog the one that watches over it
   * @throws IOException if the guest may still hang
   */
  void free(Watchdog watchdog) throws IOException {
    uninterrupted(
        () -> {
          try {
            watchdog.recover(RECOVERY);
          } catch (IOException e) {
            // Somebody may have killed it.
            recoverAnew(e);
          }
        });
  }

  /**
   * Frees the guest of a snapshot whose reader was lost with its process.
   *
   * @throws IOException if the guest may still hang
   */
  void free() throws IOException {
    uninterrupted(this::recover);
  }

  private void recoverAnew(IOException first) throws IOException, InterruptedException {
    try {
      recover();
    } catch (IOException e) {
      e.addSuppressed(first);
      throw e;
    }
  }

  private void recover() throws IOException, InterruptedException {
    if (!qemu.isThere()) {
      return;
    }
    try (Watchdog watchdog = watch(RECOVERY)) {
      watchdog.recover(RECOVERY);
    }
  }

  /** What takes a while, and has to come to its end. */
  @FunctionalInterface
  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  /** An interrupt may end a capture, but must not leave a guest hanging. */
  private static void uninterrupted(Work work) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      work.run();
    } catch (InterruptedException e) {
      interrupted = true;
      throw new IOException("interrupted while the guest was freed", e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
