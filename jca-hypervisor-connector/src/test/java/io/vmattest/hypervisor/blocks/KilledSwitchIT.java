// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.blocks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.config.SnapshotXml;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.testing.PrivateLibvirt;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * libvirtd is killed within its switch of a disk, a little later each time that QEMU had not
 * switched, and a little earlier each time that it had, until it died on either side of QEMU's
 * switch.
 */
@Tag("guest")
class KilledSwitchIT {
  /** Each takes one restart of libvirtd and one snapshot. */
  private static final int ATTEMPTS = Integer.getInteger("vmattest.kill.switches", 40);

  private static final long FIRST_DELAY_NANOS = 1_000_000;

  /** What a killed libvirtd left. */
  private enum Left {
    NODES,
    OVERLAY_THAT_LIBVIRT_DOES_NOT_KNOW,
    NOTHING
  }

  private final Map<Left, Integer> seen = new EnumMap<>(Left.class);

  @Test
  void theNextSnapshotIsMadeWhereverInTheSwitchLibvirtdDied() throws Exception {
    try (PrivateLibvirt libvirt = PrivateLibvirt.start();
        TestHost host = new TestHost(libvirt.uri());
        TestGuest guest = TestGuest.start(libvirt.uri(), host.folder(), 1)) {
      long delay = FIRST_DELAY_NANOS;
      for (int i = 0; i < ATTEMPTS && !isAllSeen(); i++) {
        killWithinSwitch(libvirt, host, guest, delay);
        Left left = left(host, guest);
        seen.merge(left, 1, Integer::sum);
        delay = left == Left.NODES ? delay * 3 / 2 : delay * 2 / 3;
        captureAgain(host, guest);
      }
      System.out.println("what killed libvirtds left, and the next snapshot mended: " + seen);
      assertTrue(isAllSeen(), "not seen: " + seen);
      assertStartsAgain(guest);
    }
  }

  private boolean isAllSeen() {
    return seen.containsKey(Left.NODES)
        && seen.containsKey(Left.OVERLAY_THAT_LIBVIRT_DOES_NOT_KNOW);
  }

  private static void killWithinSwitch(
      PrivateLibvirt libvirt, TestHost host, TestGuest guest, long delay) throws Exception {
    try (GuestDomain domain = host.link().domain(guest.id())) {
      DiskSources.Disk disk = DiskSources.list(domain.liveXml()).get(0);
      Path overlay =
          new Overlays(host.services().state())
              .create(Path.of(disk.path()), disk.format(), domain.diskCapacity(disk.target()));
      String xml =
          SnapshotXml.diskOnly(DiskSources.list(domain.liveXml()), Map.of(disk.target(), overlay));
      Path open = Path.of("/proc", Long.toString(libvirt.qemu(guest.name())), "fd");
      CompletableFuture<Void> over = CompletableFuture.runAsync(() -> attempt(domain, xml));
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (!isOpen(open, overlay)) {
        assertTrue(System.nanoTime() - end < 0, "QEMU does not open the overlay");
      }
      LockSupport.parkNanos(delay);
      libvirt.kill();
      over.get(60, TimeUnit.SECONDS);
    }
    libvirt.up();
    host.reconnect();
  }

  private static void attempt(GuestDomain domain, String xml) {
    try {
      domain.switchToOverlays(xml);
    } catch (LibvirtFailure e) {
      // It was killed.
    }
  }

  private static boolean isOpen(Path descriptors, Path file) throws IOException {
    try (Stream<Path> all = Files.list(descriptors)) {
      return all.anyMatch(descriptor -> isOf(descriptor, file));
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  private static boolean isOf(Path descriptor, Path file) {
    try {
      return Files.readSymbolicLink(descriptor).equals(file);
    } catch (IOException e) {
      // It was closed meanwhile.
      return false;
    }
  }

  private static Left left(TestHost host, TestGuest guest) throws Exception {
    ChainDifferences found = differences(host, guest);
    assertEquals(List.of(), found.unexplained());
    if (!found.strays().isEmpty()) {
      return Left.OVERLAY_THAT_LIBVIRT_DOES_NOT_KNOW;
    }
    return found.leftOver().isEmpty() ? Left.NOTHING : Left.NODES;
  }

  private static ChainDifferences differences(TestHost host, TestGuest guest) throws Exception {
    try (GuestDomain domain = host.link().domain(guest.id())) {
      return Recorded.differences(domain.liveXml(), BlockGraph.read(new Qmp(domain)));
    }
  }

  private static void captureAgain(TestHost host, TestGuest guest) throws Exception {
    guest.awaitTicks(2);
    host.capture(guest.id(), true);
    assertTrue(differences(host, guest).isEmpty());
    assertEquals("running", guest.state());
    guest.awaitTicks(2);
    assertEquals(Optional.empty(), guest.mismatch());
    for (Digest snapshot : host.operations().snapshots(guest.id())) {
      host.operations().dropSnapshot(guest.id(), snapshot);
    }
  }

  /** From the image that its definition names, which has all that it wrote. */
  private static void assertStartsAgain(TestGuest guest) throws Exception {
    guest.virsh("destroy");
    int written = guest.lastTick();
    guest.virsh("start");
    guest.awaitTickBeyond(written);
    assertEquals(Optional.empty(), guest.mismatch());
  }
}
