// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.tee.CaptureLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The host's memory, in which a captured guest lies until it is measured and written. */
public final class HostMemory {
  /** Firmware, video memory and the like, which are RAM blocks beside the guest's memory. */
  private static final long BESIDE = 1L << 30;

  /** What the host keeps for everything else. */
  static final long RESERVE = 256L << 20;

  /** A page to its digest: the leaves of the page trees are kept too. */
  private static final long PAGE_TO_LEAF = 4096 / 32;

  /** As the measurement module has them by default. */
  private static final int BLOCKS = 256;

  private static final int TAIL = 64 << 20;

  private static final Pattern AVAILABLE =
      Pattern.compile("^MemAvailable:\\s+(\\d{1,15}) kB$", Pattern.MULTILINE);

  private final Path meminfo;
  private long reserved;

  HostMemory() {
    this(Path.of("/proc/meminfo"));
  }

  /**
   * @param meminfo in the form of /proc/meminfo
   */
  HostMemory(Path meminfo) {
    this.meminfo = meminfo;
  }

  /** What a guest of that memory may send. */
  static CaptureLimits limits(long memoryBytes) {
    return new CaptureLimits(memoryBytes + BESIDE, BLOCKS, TAIL);
  }

  /**
   * What its capture may take at most.
   *
   * @param byImage whether QEMU first writes the guest's state, into our memory too
   */
  static long needed(long memoryBytes, boolean byImage) {
    long copies = byImage ? 2 : 1;
    return memoryBytes * copies + memoryBytes / PAGE_TO_LEAF;
  }

  /** Memory that is set apart for one capture, until it is closed. */
  final class Reservation implements AutoCloseable {
    private long bytes;

    private Reservation(long bytes) {
      this.bytes = bytes;
    }

    /** The capture has taken what it takes: from now on the kernel counts it. */
    void taken() {
      close();
    }

    @Override
    public void close() {
      synchronized (HostMemory.this) {
        reserved -= bytes;
        bytes = 0;
      }
    }
  }

  /**
   * Sets memory apart, beside what the host keeps. What others have reserved counts as gone, though
   * some of it may be both reserved and taken at the moment.
   *
   * @throws HypervisorException with reason HOST_MEMORY_LOW if that much is not available
   */
  synchronized Reservation reserve(long bytes) throws HypervisorException, IOException {
    long available = available();
    if (available - reserved < bytes + RESERVE) {
      throw new HypervisorException(
          Reason.HOST_MEMORY_LOW,
          "the capture may need %d bytes of memory beside %d for the host; %d are available, %d of them for other captures"
              .formatted(bytes, RESERVE, available, reserved));
    }
    reserved += bytes;
    return new Reservation(bytes);
  }

  /**
   * Whether another guest has room beside what the host keeps.
   *
   * @throws HypervisorException with reason HOST_MEMORY_LOW if it has not
   */
  public static void check(long memoryBytes) throws HypervisorException, IOException {
    long available = new HostMemory().available();
    if (available < memoryBytes + RESERVE) {
      throw new HypervisorException(
          Reason.HOST_MEMORY_LOW,
          "another guest needs %d bytes of memory beside %d for the host; %d are available"
              .formatted(memoryBytes, RESERVE, available));
    }
  }

  private long available() throws IOException {
    Matcher line = AVAILABLE.matcher(Files.readString(meminfo));
    if (!line.find()) {
      throw new IOException(meminfo + " does not say how much memory is available");
    }
    return Long.parseLong(line.group(1)) * 1024;
  }
}
