// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.chains.OverlaySweep;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.snapshots.PendingSnapshot;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("guest")
class OverlaySweepIT {
  private static final long CAPACITY = 64L << 20;

  private TestHost host;
  private TestGuest guest;
  private GuestDomain domain;
  private Overlays overlays;

  @BeforeEach
  void start() throws Exception {
    TestGuest.startLibvirt();
    host = new TestHost();
    guest = TestGuest.start(host.folder(), 1);
    domain = host.link().domain(guest.id());
    overlays = new Overlays(host.services().state());
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
    guest.close();
    host.close();
  }

  private Path disk() throws Exception {
    return Path.of(DiskSources.list(domain.liveXml()).get(0).path());
  }

  private Path unused() throws Exception {
    return overlays.create(disk(), "qcow2", CAPACITY);
  }

  private void sweep() {
    new OverlaySweep(host.link(), host.services().store()).sweep(guest.id());
  }

  @Test
  void whatNothingRestsOnIsRemovedAndNothingElse() throws Exception {
    host.capture(guest.id(), true);
    Path used = disk();
    Path unused = unused();
    sweep();
    assertFalse(Files.exists(unused));
    assertTrue(Files.exists(used));
    guest.awaitTicks(2);
    assertEquals(Optional.empty(), guest.mismatch());
  }

  /** As libvirt is after it ended between noting a merge in its status and in the definition. */
  @Test
  void aDefinitionThatRestsOnAnOverlayIsPutRightBeforeTheOverlayIsRemoved() throws Exception {
    host.capture(guest.id(), true);
    Path below = disk();
    host.capture(guest.id(), true);
    Path unused = unused();
    String defined = domain.definedXml();
    assertTrue(defined.contains(below.toString()), defined);
    host.link().define(defined.replace(below.toString(), unused.toString()));
    sweep();
    assertFalse(Files.exists(unused));
    guest.awaitTicks(2);
    int written = guest.lastTick();
    guest.virsh("destroy");
    guest.virsh("start");
    guest.awaitTickBeyond(written);
    assertEquals(Optional.empty(), guest.mismatch());
  }

  /** As libvirt is after it ended in the middle of a switch that QEMU had made. */
  @Test
  void anOverlayThatOnlyQemuKnowsStaysUntilItIsCommitted() throws Exception {
    Path known = disk();
    Path overlay = unused();
    switchBehindLibvirtsBack(overlay);
    guest.awaitTicks(2);
    assertEquals(known, disk());
    sweep();
    assertTrue(Files.exists(overlay));
    host.capture(guest.id(), true);
    sweep();
    assertFalse(Files.exists(overlay));
    assertEquals("running", guest.state());
    guest.awaitTicks(2);
    assertEquals(Optional.empty(), guest.mismatch());
  }

  private void switchBehindLibvirtsBack(Path overlay) throws LibvirtFailure {
    Qmp qmp = new Qmp(domain);
    String top =
        qmp.execute("query-block")
            .asJsonArray()
            .getJsonObject(0)
            .getJsonObject("inserted")
            .getString("node-name");
    qmp.execute(
        "blockdev-add",
        Json.createObjectBuilder()
            .add("driver", "qcow2")
            .add("node-name", "behind")
            .addNull("backing")
            .add("file", file(overlay))
            .build());
    qmp.execute(
        "blockdev-snapshot",
        Json.createObjectBuilder().add("node", top).add("overlay", "behind").build());
  }

  private static JsonObject file(Path overlay) {
    return Json.createObjectBuilder()
        .add("driver", "file")
        .add("filename", overlay.toString())
        .build();
  }

  @Test
  void aSwitchWhoseAnswerGotLostLeavesTheOverlayToTheGuest() throws Exception {
    DiskFreeze.Guest losing = new LosingAnswers(domain);
    try (DiskFreeze freeze = DiskFreeze.prepare(losing, domain.liveXml(), overlays)) {
      assertThrows(LibvirtFailure.class, freeze::freeze);
    }
    assertTrue(Overlays.isOverlay(disk().toString()));
    assertTrue(Files.exists(disk()));
    guest.awaitTicks(2);
    assertEquals(Optional.empty(), guest.mismatch());
  }

  /** A libvirt that dies when it has done what was asked. */
  private record LosingAnswers(GuestDomain domain) implements DiskFreeze.Guest {
    @Override
    public long capacity(String target) {
      return CAPACITY;
    }

    @Override
    public void switchToOverlays(String snapshotXml) throws LibvirtFailure {
      domain.switchToOverlays(snapshotXml);
      throw LibvirtFailure.notConnected("qemu:///system");
    }
  }

  @Test
  void aFreezeThatWasNeverAskedForLeavesNothing() throws Exception {
    try (DiskFreeze freeze =
        DiskFreeze.prepare(new LosingAnswers(domain), domain.liveXml(), overlays)) {
      assertEquals(1, Overlays.beside(disk()).size());
    }
    assertEquals(List.of(), Overlays.beside(disk()));
  }

  @Test
  void whereAnImageIsMissingNothingIsRemoved() throws Exception {
    Path unused = unused();
    UUID other = UUID.randomUUID();
    Digest digest = Digest.sha256(new byte[0]);
    keepSnapshotOfAMissingImage(other, digest);
    sweep();
    assertTrue(Files.exists(unused), "nobody knows what the missing image rests on");
    SnapshotStore store = host.services().store();
    store.drop(store.find(other, digest).orElseThrow(), other);
    sweep();
    assertFalse(Files.exists(unused));
  }

  private void keepSnapshotOfAMissingImage(UUID vm, Digest digest) throws IOException {
    Path missing = host.folder().resolve("unmounted").resolve("disk.qcow2");
    try (PendingSnapshot pending = host.services().store().begin(vm)) {
      pending.writeMachine(
          "<domain/>", List.of(new FrozenDisk("vda", missing, "qcow2", CAPACITY, 1, 1)));
      pending.keep(new byte[] {0}, digest);
    }
  }
}
