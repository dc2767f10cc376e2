// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Ends a guest whose state is not needed any more. Its QEMU is killed, and not asked: one that is
 * suspected must not do anything more on its way out, and libvirt, which asks first, looks only
 * every 200 ms whether it was heard (virProcessKillPainfullyDelay). Where the process cannot be
 * seen or must not be killed from here, all is left to libvirt.
 */
final class QemuEnd {
  private static final Duration DEADLINE = Duration.ofSeconds(2);
  private static final Duration LOOK = Duration.ofMillis(1);
  private static final int MAX_COMMAND_LINE = 1 << 16;

  private final Path proc;

  QemuEnd(Path proc) {
    this.proc = proc;
  }

  static QemuEnd onThisHost() {
    return new QemuEnd(Path.of("/proc"));
  }

  /**
   * Ends an active guest.
   *
   * @param domain whose UUID its QEMU was started with
   */
  void of(GuestDomain domain, UUID vm) throws LibvirtFailure {
    process(vm).ifPresent(QemuEnd::kill);
    try {
      domain.destroy();
    } catch (LibvirtFailure e) {
      if (!isOver(domain)) {
        throw e;
      }
    }
  }

  /** libvirt was the first to see that it is gone. */
  private static boolean isOver(GuestDomain domain) throws LibvirtFailure {
    try {
      return domain.runId() < 0;
    } catch (LibvirtFailure e) {
      if (e.isNoDomain()) {
        return true;
      }
      throw e;
    }
  }

  private static void kill(ProcessHandle process) {
    try (MonitorHold hold = MonitorHold.of(process.pid())) {
      process.destroyForcibly();
      for (long end = System.nanoTime() + DEADLINE.toNanos();
          process.isAlive() && System.nanoTime() < end; ) {
        Thread.sleep(LOOK.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The process whose command line has this machine's UUID, if there is exactly one. QEMU's own
   * word is not taken for it: it could name any.
   */
  Optional<ProcessHandle> process(UUID vm) {
    List<ProcessHandle> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(proc, "[1-9]*")) {
      for (Path entry : entries) {
        if (isOf(vm, entry)) {
          // Once more: had it ended meanwhile, another might have its number.
          ProcessHandle.of(Long.parseLong(entry.getFileName().toString()))
              .filter(process -> isOf(vm, entry))
              .ifPresent(found::add);
        }
      }
    } catch (IOException | DirectoryIteratorException | NumberFormatException e) {
      return Optional.empty();
    }
    return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
  }

  /** Arguments end with a zero (proc(5)). */
  private static boolean isOf(UUID vm, Path process) {
    try (InputStream in = Files.newInputStream(process.resolve("cmdline"))) {
      String words = new String(in.readNBytes(MAX_COMMAND_LINE), StandardCharsets.ISO_8859_1);
      return words.contains("\0-uuid\0" + vm + "\0");
    } catch (IOException e) {
      return false; // It ended meanwhile.
    }
  }
}
