// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.blocks.ChainCheck;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.testing.FirmwareGuest;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Captures that must not be, and leave the guest as it was. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefusalIT {
  private static final String BLOCKER =
      """
      <qemu:commandline>
        <qemu:arg value='-object'/><qemu:arg value='memory-backend-ram,id=shm,size=1M,share=on'/>
        <qemu:arg value='-device'/><qemu:arg value='ivshmem-plain,memdev=shm,master=off,bus=pcie.0,addr=0x10'/>
      </qemu:commandline>
      """;

  private TestHost host;

  @BeforeAll
  void start() throws Exception {
    TestGuest.startLibvirt();
    host = new TestHost();
  }

  @AfterAll
  void stop() throws Exception {
    host.close();
  }

  private HypervisorException refused(UUID vm, boolean keepSnapshot) {
    return assertThrows(HypervisorException.class, () -> host.capture(vm, keepSnapshot));
  }

  @Test
  void aVmThatIsShutOffHasNoState() throws Exception {
    try (FirmwareGuest guest = FirmwareGuest.define(host.folder(), "")) {
      assertEquals(Reason.VM_NOT_ACTIVE, refused(guest.id(), false).reason());
      assertEquals("shut off", guest.virsh("domstate"));
    }
  }

  @Test
  void aDeviceThatBlocksMigrationIsNamed() throws Exception {
    try (FirmwareGuest guest = FirmwareGuest.define(host.folder(), BLOCKER)) {
      guest.virsh("start");
      HypervisorException refused = refused(guest.id(), false);
      assertEquals(Reason.MIGRATION_BLOCKED, refused.reason(), refused.getMessage());
      assertTrue(String.valueOf(refused.getMessage()).contains("ivshmem"), refused.getMessage());
      assertEquals("running", guest.virsh("domstate"));
    }
  }

  @Test
  void aHostWithTooLittleMemoryIsSaidBeforehand() throws Exception {
    Path meminfo =
        Files.writeString(host.folder().resolve("meminfo"), "MemAvailable:      65536 kB\n");
    GuestCapturer capturer =
        new GuestCapturer(
            host.services().state(),
            CaptureSettings.defaults(),
            new ChainCheck(image -> false, Duration.ofSeconds(10)),
            new CaptureBudget(BudgetLimits.ofThisHost(), new HostMemory(meminfo)));
    try (FirmwareGuest guest = FirmwareGuest.define(host.folder(), "")) {
      guest.virsh("start");
      try (GuestDomain domain = host.link().domain(guest.id())) {
        HypervisorException refused =
            assertThrows(
                HypervisorException.class,
                () ->
                    capturer.capture(
                        domain,
                        false,
                        Duration.ofMillis(500),
                        Afterwards.STANDS,
                        ProgressListener.NONE));
        assertEquals(Reason.HOST_MEMORY_LOW, refused.reason(), refused.getMessage());
      }
      assertEquals("running", guest.virsh("domstate"));
    }
  }

  @Test
  void aDiskThatIsTooSmallForASnapshotIsSaidBeforehand() throws Exception {
    withStoreOf(
        "16m",
        guest -> {
          HypervisorException refused = refused(guest.id(), true);
          assertEquals(Reason.STORAGE_FULL, refused.reason(), refused.getMessage());
        });
  }

  @Test
  void aDiskThatFillsUpMeanwhileLeavesNothingHalfWritten() throws Exception {
    withStoreOf(
        "80m",
        guest -> {
          Path filler = store().resolve("filler");
          ProgressListener fill =
              (step, part) -> {
                if (step.startsWith("reading")) {
                  fill(filler);
                }
              };
          HypervisorException refused =
              assertThrows(
                  HypervisorException.class,
                  () ->
                      host.operations()
                          .capture(host.request(guest.id(), true, Optional.empty()), fill));
          assertEquals(Reason.STORAGE_FULL, refused.reason(), refused.getMessage());
          Files.delete(filler);
          try (Stream<Path> left = Files.walk(store()).filter(Files::isRegularFile)) {
            assertEquals(List.of(), left.toList());
          }
          CaptureResult kept = host.capture(guest.id(), true);
          assertTrue(kept.snapshotKept());
        });
  }

  private Path store() {
    return host.stateFolder().resolve("snapshots");
  }

  private static void fill(Path filler) {
    try (RandomAccessFile file = new RandomAccessFile(filler.toFile(), "rw")) {
      byte[] block = new byte[4096];
      while (true) {
        file.write(block);
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space left")) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** A test on a running guest with a store of that size. */
  @FunctionalInterface
  private interface OnGuest {
    void run(FirmwareGuest guest) throws Exception;
  }

  private void withStoreOf(String size, OnGuest test) throws Exception {
    TestGuest.run(
        "mount", "-t", "tmpfs", "-o", "size=" + size + ",mode=0700", "tmpfs", store().toString());
    try (FirmwareGuest guest = FirmwareGuest.define(host.folder(), "")) {
      guest.virsh("start");
      test.run(guest);
      assertEquals("running", guest.virsh("domstate"));
    } finally {
      TestGuest.run("umount", store().toString());
    }
  }
}
