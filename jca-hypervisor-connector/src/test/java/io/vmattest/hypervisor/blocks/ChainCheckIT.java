// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.blocks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.chains.OverlaySweep;
import io.vmattest.hypervisor.config.ActiveImage;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.config.SnapshotXml;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.snapshots.PendingSnapshot;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Both states that a libvirtd leaves that dies while it switches disks, made step by step. */
@Tag("guest")
class ChainCheckIT {
  private static final long CAPACITY = 64L << 20;

  private TestHost host;
  private TestGuest guest;
  private GuestDomain domain;
  private Overlays overlays;
  private Path known;
  private Path overlay;

  @BeforeEach
  void start() throws Exception {
    TestGuest.startLibvirt();
    host = new TestHost();
    guest = TestGuest.start(host.folder(), 1);
    domain = host.link().domain(guest.id());
    overlays = new Overlays(host.services().state());
    known = active();
    overlay = overlays.create(known, "qcow2", CAPACITY);
    TestGuest.run("chown", "--reference=" + known, overlay.toString());
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
    guest.close();
    host.close();
  }

  private Path active() throws Exception {
    return Path.of(ActiveImage.list(domain.liveXml()).get(0).path());
  }

  private static JsonObjectBuilder object() {
    return Json.createObjectBuilder();
  }

  private Qmp qmp() {
    return new Qmp(domain);
  }

  /** As libvirt does it, with the names that it will choose the next time. */
  private void addNodes() throws LibvirtFailure {
    JsonObjectBuilder storage = object().add("driver", "file").add("filename", overlay.toString());
    qmp().execute("blockdev-add", storage.add("node-name", "libvirt-2-storage").build());
    JsonObjectBuilder format = object().add("driver", "qcow2").add("file", "libvirt-2-storage");
    qmp()
        .execute(
            "blockdev-add", format.add("node-name", "libvirt-2-format").addNull("backing").build());
  }

  private void switchToOverlay() throws LibvirtFailure {
    addNodes();
    qmp()
        .execute(
            "blockdev-snapshot",
            object().add("node", "libvirt-1-format").add("overlay", "libvirt-2-format").build());
  }

  private BlockGraph graph() throws LibvirtFailure {
    return BlockGraph.read(qmp());
  }

  private ChainDifferences differences() throws Exception {
    return Recorded.differences(domain.liveXml(), graph());
  }

  private void assertGuestIsWell() throws Exception {
    assertEquals("running", guest.state());
    guest.awaitTicks(2);
    assertEquals(Optional.empty(), guest.mismatch());
  }

  private HypervisorException assertRefused(String said) {
    HypervisorException refused =
        assertThrows(HypervisorException.class, () -> host.capture(guest.id(), true));
    assertEquals(Reason.DISK_CHAIN_DIFFERS, refused.reason(), refused.getMessage());
    assertTrue(String.valueOf(refused.getMessage()).contains(said), refused.getMessage());
    return refused;
  }

  private void sweep() {
    new OverlaySweep(host.link(), host.services().store()).sweep(guest.id());
  }

  @Test
  void nodesThatStandInTheWayOfTheNextSwitchAreRemoved() throws Exception {
    addNodes();
    String xml = SnapshotXml.diskOnly(DiskSources.list(domain.liveXml()), Map.of("vda", overlay));
    LibvirtFailure blind = assertThrows(LibvirtFailure.class, () -> domain.switchToOverlays(xml));
    assertTrue(String.valueOf(blind.getMessage()).contains("Duplicate nodes"), blind.getMessage());
    host.capture(guest.id(), true);
    assertTrue(differences().isEmpty());
    assertFalse(active().equals(overlay), "a new one was made");
    sweep();
    assertFalse(Files.exists(overlay), "nothing rests on it any more");
    assertGuestIsWell();
  }

  /** As of a server that died when it had committed an overlay. */
  @Test
  void halfOfAnOverlaysNodesIsRemovedToo() throws Exception {
    addNodes();
    Overlays.keep(overlay);
    qmp().execute("blockdev-del", object().add("node-name", "libvirt-2-format").build());
    host.capture(guest.id(), true);
    assertTrue(differences().isEmpty());
    sweep();
    assertFalse(Files.exists(overlay));
    assertGuestIsWell();
  }

  @Test
  void whatTheGuestWroteToAnOverlayThatLibvirtDoesNotKnowIsCommitted() throws Exception {
    switchToOverlay();
    guest.awaitTicks(5);
    assertEquals(known, active());
    host.capture(guest.id(), true);
    assertTrue(differences().isEmpty());
    sweep();
    assertFalse(Files.exists(overlay));
    assertFalse(Overlays.isKept(overlay));
    assertGuestIsWell();
    // What libvirt believes in has all that the guest wrote.
    int written = guest.lastTick();
    guest.virsh("destroy");
    TestGuest.run("qemu-img", "check", "-q", "-f", "qcow2", known.toString());
    guest.virsh("start");
    guest.awaitTickBeyond(written);
    assertEquals(Optional.empty(), guest.mismatch());
  }

  @Test
  void aCommitWhoseServerDiedIsTakenUp() throws Exception {
    switchToOverlay();
    qmp()
        .execute(
            "block-commit",
            object()
                .add("job-id", "vmattest-commit-vda")
                .add("device", "libvirt-2-format")
                .add("base-node", "libvirt-1-format")
                .build());
    host.capture(guest.id(), true);
    assertTrue(differences().isEmpty());
    assertTrue(qmp().execute("query-block-jobs").asJsonArray().isEmpty());
    assertGuestIsWell();
  }

  @Test
  void anImageThatASnapshotFrozeIsNotWrittenAndTheOverlayOutlivesItsGuest() throws Exception {
    switchToOverlay();
    try (PendingSnapshot pending = host.services().store().begin(guest.id())) {
      pending.writeMachine("<domain/>", List.of(FrozenDisk.of("vda", known, "qcow2", CAPACITY)));
      pending.keep(new byte[] {0}, Digest.sha256(new byte[0]));
    }
    assertRefused("a kept snapshot needs");
    assertEquals(overlay, differences().strays().get(0).overlay(), "nothing was touched");
    assertGuestIsWell();
    host.capture(guest.id(), false);
    guest.virsh("destroy");
    sweep();
    assertTrue(Files.exists(overlay), "it has what the guest wrote");
    Overlays.release(overlay);
    sweep();
    assertFalse(Files.exists(overlay));
  }

  @Test
  void aCommitThatTakesTooLongLeavesTheGuestItsOverlay() throws Exception {
    switchToOverlay();
    ChainCheck hasty = new ChainCheck(image -> false, Duration.ofSeconds(-1));
    HypervisorException refused =
        assertThrows(HypervisorException.class, () -> hasty.ensure(domain));
    assertEquals(Reason.DISK_CHAIN_DIFFERS, refused.reason(), refused.getMessage());
    assertEquals(overlay, differences().strays().get(0).overlay());
    assertTrue(Overlays.isKept(overlay));
    assertGuestIsWell();
    host.capture(guest.id(), true);
    assertTrue(differences().isEmpty());
  }

  @Test
  void aSwitchThatOthersMadeBehindLibvirtsBackIsLeftAlone() throws Exception {
    Path others = host.folder().resolve("others.qcow2");
    Files.move(overlay, others);
    overlay = others;
    switchToOverlay();
    assertRefused("others.qcow2");
    assertEquals("libvirt-2-format", graph().devices().get(0).top().name());
    assertGuestIsWell();
  }
}
