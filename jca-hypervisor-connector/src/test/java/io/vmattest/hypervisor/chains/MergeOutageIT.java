// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.chains;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.snapshots.BackingChain;
import io.vmattest.hypervisor.snapshots.BackingChain.Layer;
import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.testing.PrivateLibvirt;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The process and libvirtd both die when QEMU has begun to merge images. */
@Tag("guest")
class MergeOutageIT {
  @Test
  void theMergeIsSettledWhenBothAreBack() throws Exception {
    try (PrivateLibvirt libvirt = PrivateLibvirt.start();
        TestHost host = new TestHost(libvirt.uri());
        TestGuest guest = TestGuest.start(libvirt.uri(), host.folder(), 1)) {
      List<Digest> all = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        guest.awaitTicks(2);
        all.add(TestHost.report(host.capture(guest.id(), true)).snapshot());
      }
      Digest kept = content(host, frozen(host, guest, all.get(2)));
      SnapshotStore store = host.services().store();
      store.drop(store.find(guest.id(), all.get(1)).orElseThrow(), guest.id());
      List<Path> chain = chain(host, guest);
      Path record = host.services().state().merges().resolve(guest.id() + ".json");
      new PendingMerge(chain.get(1), chain.get(2), chain.get(0)).write(record);
      commit(guest, chain.get(1), chain.get(2));
      libvirt.down();
      host.restart();
      libvirt.up();
      host.reconnect();
      TestGuest.awaitThat("the merge is settled", () -> isSettled(host, guest));
      assertFalse(Files.exists(record));
      host.operations().dropSnapshot(guest.id(), all.get(0));
      FrozenDisk frozen = frozen(host, guest, all.get(2));
      assertTrue(frozen.isUntouched());
      assertEquals(kept, content(host, frozen));
      List<Path> onDisk = chainOnDisk(chain(host, guest).get(0));
      assertEquals(3, onDisk.size(), "its own, the kept one, and the one it writes");
      assertEquals(onDisk.get(1), frozen.image());
      assertEquals("running", guest.state());
      guest.awaitTicks(2);
      assertEquals(Optional.empty(), guest.mismatch());
      // A libvirtd that died before it noted the job learns what QEMU did at the next start.
      guest.virsh("destroy");
      guest.virsh("start");
      assertEquals(onDisk, chain(host, guest));
      guest.awaitTicks(2);
    }
  }

  /** As a libvirtd leaves it that dies when QEMU has merged, and it has not noted that yet. */
  @Test
  void theNextStartRestsOnTheChainThatTheImagesGiveAlthoughQemuStillHoldsTheMergedOne()
      throws Exception {
    TestGuest.startLibvirt();
    try (TestHost host = new TestHost();
        TestGuest guest = TestGuest.start(host.folder(), 1)) {
      for (int i = 0; i < 3; i++) {
        guest.awaitTicks(2);
        host.capture(guest.id(), true);
      }
      List<Path> before = chain(host, guest);
      Path record = host.services().state().merges().resolve(guest.id() + ".json");
      try (GuestDomain domain = host.link().domain(guest.id())) {
        String definition = domain.definedXml();
        assertEquals(before, DiskSources.chains(definition).get("vda"));
        commit(guest, before.get(1), before.get(2), "--wait");
        new PendingMerge(before.get(1), before.get(2), before.get(0)).write(record);
        host.link().define(definition);
        hold(guest, before.get(1));
      }
      host.capture(guest.id(), false);
      assertFalse(Files.exists(record));
      assertTrue(Files.exists(before.get(1)), "QEMU has it open");
      guest.virsh("destroy");
      guest.virsh("start");
      assertEquals(List.of(before.get(0), before.get(2), before.get(3)), chain(host, guest));
      guest.awaitTicks(2);
    }
  }

  private static void commit(TestGuest guest, Path top, Path base, String... options)
      throws Exception {
    List<String> arguments = new ArrayList<>(List.of("vda"));
    arguments.addAll(List.of("--base", base.toString(), "--top", top.toString()));
    arguments.addAll(List.of(options));
    guest.virsh("blockcommit", arguments.toArray(String[]::new));
  }

  private static void hold(TestGuest guest, Path image) throws Exception {
    guest.virsh(
        "qemu-monitor-command",
        """
        {"execute": "blockdev-add", "arguments": {"node-name": "left", "driver": "qcow2",
          "read-only": true, "backing": null, "file": {"driver": "file", "filename": "%s"}}}"""
            .formatted(image));
  }

  private static boolean isSettled(TestHost host, TestGuest guest) {
    try {
      host.capture(guest.id(), false);
      return true;
    } catch (HypervisorException e) {
      assertEquals(HypervisorException.Reason.CAPTURE_IN_PROGRESS, e.reason(), e.toString());
      return false;
    }
  }

  private static FrozenDisk frozen(TestHost host, TestGuest guest, Digest snapshot)
      throws Exception {
    return host.services().store().find(guest.id(), snapshot).orElseThrow().disks().get(0);
  }

  private static List<Path> chain(TestHost host, TestGuest guest) throws Exception {
    try (GuestDomain domain = host.link().domain(guest.id())) {
      return DiskSources.chains(domain.liveXml()).getOrDefault("vda", List.of());
    }
  }

  private static List<Path> chainOnDisk(Path top) throws Exception {
    return BackingChain.of(top, "qcow2").stream().map(Layer::image).toList();
  }

  private static Digest content(TestHost host, FrozenDisk disk) throws Exception {
    Path raw = host.folder().resolve("content.raw");
    TestGuest.run(
        "qemu-img",
        "convert",
        "-U",
        "-f",
        disk.format(),
        "-O",
        "raw",
        disk.image().toString(),
        raw.toString());
    return Digest.sha256(Files.readAllBytes(raw));
  }
}
