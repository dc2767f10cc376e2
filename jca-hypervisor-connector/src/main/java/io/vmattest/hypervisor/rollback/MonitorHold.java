// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Keeps a QEMU's end of its monitor open beyond the end of QEMU. libvirt takes the monitor's end
 * for the guest's, looks for the process at once, and if its parent has not waited for it yet, not
 * again before 200 ms (virProcessKillPainfullyDelay).
 */
final class MonitorHold implements AutoCloseable {
  private static final long SYS_PIDFD_OPEN = 434;
  private static final long SYS_PIDFD_GETFD = 438;

  /** What libvirt calls the socket, in a folder of each guest. */
  private static final String MONITOR = "/monitor.sock";

  /** A QEMU may have as many as it likes, and a server has not. */
  private static final int MAX_DESCRIPTORS = 4096;

  private static final int MAX_HELD = 16;

  /** Num RefCount Protocol Flags Type St Inode Path (proc(5), net/unix). */
  private static final int INODE = 6;

  /** What is needed of libc. */
  interface LibC extends Library {
    LibC INSTANCE = Native.load("c", LibC.class);

    NativeLong syscall(NativeLong number, Object... arguments) throws LastErrorException;

    int close(int descriptor) throws LastErrorException;
  }

  private final List<Integer> held;

  private MonitorHold(List<Integer> held) {
    this.held = held;
  }

  /** Holds nothing where that is not allowed, or is not to be seen from here. */
  static MonitorHold of(long pid) {
    MonitorHold hold = new MonitorHold(new ArrayList<>());
    try {
      Path process = Path.of("/proc", String.valueOf(pid));
      Set<String> monitors = monitors(process.resolve("net/unix"));
      int handle = call(SYS_PIDFD_OPEN, Math.toIntExact(pid), 0);
      try {
        hold.take(handle, process.resolve("fd"), monitors);
      } finally {
        close(handle);
      }
    } catch (IOException
        | DirectoryIteratorException
        | LastErrorException
        | ArithmeticException
        | NumberFormatException e) {
      return hold; // What is not held costs libvirt's 200 ms.
    }
    return hold;
  }

  private void take(int handle, Path descriptors, Set<String> monitors) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(descriptors)) {
      int looked = 0;
      for (Path descriptor : all) {
        if (looked++ == MAX_DESCRIPTORS || held.size() == MAX_HELD) {
          return;
        }
        if (monitors.contains(target(descriptor))) {
          int number = Integer.parseInt(descriptor.getFileName().toString());
          held.add(call(SYS_PIDFD_GETFD, handle, number, 0));
        }
      }
    }
  }

  int size() {
    return held.size();
  }

  @Override
  public void close() {
    held.forEach(MonitorHold::close);
    held.clear();
  }

  /** As the links of their descriptors name them. */
  private static Set<String> monitors(Path sockets) throws IOException {
    Set<String> result = new HashSet<>();
    try (Stream<String> lines = Files.lines(sockets, StandardCharsets.ISO_8859_1)) {
      lines
          .filter(line -> line.endsWith(MONITOR))
          .map(line -> line.strip().split("\\s+", -1))
          .filter(words -> words.length > INODE)
          .forEach(words -> result.add("socket:[" + words[INODE] + "]"));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return result;
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return ""; // Closed meanwhile.
    }
  }

  private static int call(long number, Object... arguments) {
    return LibC.INSTANCE.syscall(new NativeLong(number), arguments).intValue();
  }

  private static void close(int descriptor) {
    try {
      LibC.INSTANCE.close(descriptor);
    } catch (LastErrorException e) {
      // Linux has given the descriptor up all the same.
      return;
    }
  }
}
