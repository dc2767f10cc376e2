// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostMemoryTest {
  private static final long GIB = 1L << 30;

  @TempDir Path folder;

  private HostMemory memory(String meminfo) throws IOException {
    return new HostMemory(Files.writeString(folder.resolve("meminfo"), meminfo));
  }

  @Test
  void whatIsNotAvailableIsRefused() throws Exception {
    HostMemory host =
        memory("MemTotal:       16000000 kB\nMemFree:  9999999 kB\nMemAvailable:    1048576 kB\n");
    host.reserve(GIB - HostMemory.RESERVE).close();
    assertLow(host, GIB - HostMemory.RESERVE + 1);
  }

  @Test
  void whatAnotherCaptureHasReservedIsNotAvailableUntilItIsTaken() throws Exception {
    HostMemory host = memory("MemAvailable:    1048576 kB\n");
    long half = (GIB - HostMemory.RESERVE) / 2;
    HostMemory.Reservation first = host.reserve(half);
    HostMemory.Reservation second = host.reserve(half);
    assertLow(host, 1);
    first.taken();
    first.close();
    host.reserve(half).close();
    assertLow(host, half + 1);
    second.close();
    host.reserve(2 * half).close();
  }

  private static void assertLow(HostMemory host, long bytes) {
    HypervisorException low = assertThrows(HypervisorException.class, () -> host.reserve(bytes));
    assertEquals(Reason.HOST_MEMORY_LOW, low.reason());
  }

  @Test
  void aKernelThatDoesNotSayItIsNoKernelWithPlenty() throws Exception {
    HostMemory host = memory("MemTotal:       16000000 kB\n");
    assertThrows(IOException.class, () -> host.reserve(1));
  }

  @Test
  void thisHostSaysWhatIsAvailable() throws Exception {
    new HostMemory().reserve(1).close();
  }

  @Test
  void aSuspendedGuestIsInMemoryTwice() {
    long running = HostMemory.needed(4 * GIB, false);
    assertTrue(running > 4 * GIB && running < 5 * GIB, "running: " + running);
    assertEquals(running + 4 * GIB, HostMemory.needed(4 * GIB, true));
  }

  @Test
  void aGuestMaySendItsMemoryAndSomeFirmwareOnly() {
    assertEquals(5 * GIB, HostMemory.limits(4 * GIB).ramBytes());
  }
}
