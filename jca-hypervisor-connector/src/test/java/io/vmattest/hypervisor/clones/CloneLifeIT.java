// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.clones;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.hypervisor.api.DebugClone;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.testing.TestHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** How clones begin and end, and what stays for as long as they live. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CloneLifeIT {
  private CloneRig rig;

  @BeforeAll
  void start() throws Exception {
    rig = new CloneRig();
  }

  @AfterEach
  void nothingIsLeftAndTheOriginalGoesOn() throws Exception {
    rig.assertNothingIsLeftAndTheOriginalGoesOn();
  }

  @AfterAll
  void stop() throws Exception {
    rig.close();
  }

  private Path frozen(AttestationReport kept) throws IOException {
    return rig.host
        .services()
        .store()
        .find(rig.guest.id(), kept.snapshot())
        .orElseThrow()
        .disks()
        .get(0)
        .image();
  }

  @Test
  void aSnapshotHasOneCloneAndStaysWhileItHas() throws Exception {
    DebugClone clone = rig.started(CloneRig.LONG);
    assertEquals(List.of(clone), rig.clones().list(rig.guest.id()));
    assertEquals(
        Reason.SNAPSHOT_IN_USE,
        assertThrows(HypervisorException.class, () -> rig.started(CloneRig.LONG)).reason());
    assertEquals(
        Reason.SNAPSHOT_IN_USE,
        assertThrows(
                HypervisorException.class,
                () -> rig.host.operations().dropSnapshot(rig.guest.id(), rig.report.snapshot()))
            .reason());
    long qemu = CloneRig.pid(clone.name());
    rig.host.operations().clones().stop(rig.guest.id(), clone.id());
    assertFalse(ProcessHandle.of(qemu).map(ProcessHandle::isAlive).orElse(false));
    assertEquals(
        Reason.NO_SUCH_CLONE,
        assertThrows(
                HypervisorException.class,
                () -> rig.host.operations().clones().stop(rig.guest.id(), clone.id()))
            .reason());
    assertTrue(rig.clones().isClone(clone.id()), "its last events are still to come");
  }

  @Test
  void aSweepEndsWhatIsOverTimeOrEndedByItselfAndNothingElse() throws Exception {
    DebugClones clones = rig.clones();
    DebugClone wanted = rig.started(CloneRig.LONG);
    clones.sweep(rig.host.link());
    assertEquals(List.of(wanted), clones.list(rig.guest.id()));
    CloneRig.virsh("destroy", wanted);
    clones.sweep(rig.host.link());
    assertEquals(List.of(), clones.list(rig.guest.id()));
    assertEquals(List.of(), rig.folders());
    DebugClone over = rig.started(Duration.ZERO);
    assertEquals("paused", CloneRig.state(over));
    clones.sweep(rig.host.link());
    assertEquals(List.of(), clones.list(rig.guest.id()));
  }

  @Test
  void whatADeadServerLeftIsEndedByTheNextOne() throws Exception {
    DebugClone left = rig.started(CloneRig.LONG);
    rig.host.restart();
    assertEquals(List.of(), rig.clones().list(rig.guest.id()));
    assertTrue(rig.clones().isClone(left.id()));
    assertEquals("paused", CloneRig.state(left));
    rig.clones().sweep(rig.host.link());
    assertFalse(CloneRig.domains().contains(left.name()), CloneRig.domains());
  }

  @Test
  void aServerThatStopsTakesItsClonesWithIt() throws Exception {
    DebugClone left = rig.started(CloneRig.LONG);
    rig.clones().close(rig.host.link());
    assertFalse(CloneRig.domains().contains(left.name()), CloneRig.domains());
    assertEquals(
        Reason.HOST_BUSY,
        assertThrows(HypervisorException.class, () -> rig.started(CloneRig.LONG)).reason());
    rig.host.restart();
  }

  @Test
  void aMergeLeavesTheImagesOfACloneAlone() throws Exception {
    AttestationReport middle = TestHost.report(rig.host.capture(rig.guest.id(), true));
    Path held = frozen(middle);
    AttestationReport newest = TestHost.report(rig.host.capture(rig.guest.id(), true));
    DebugClone clone =
        rig.host.operations().clones().start(rig.guest.id(), newest.snapshot(), CloneRig.LONG);
    rig.host.operations().dropSnapshot(rig.guest.id(), middle.snapshot());
    assertTrue(Files.exists(held));
    assertEquals("paused", CloneRig.state(clone));
    rig.host.operations().clones().stop(rig.guest.id(), clone.id());
    rig.host.operations().dropSnapshot(rig.guest.id(), newest.snapshot());
    assertFalse(Files.exists(held));
    rig.acceptDefinition();
  }

  @Test
  void aDamagedSnapshotGivesNoClone() throws Exception {
    Path pack =
        rig.host.stateFolder().resolve("snapshots/" + rig.guest.id() + "/pages/00000001.pack");
    byte[] good = Files.readAllBytes(pack);
    byte[] bad = good.clone();
    bad[good.length / 3] ^= 1;
    Files.write(pack, bad);
    try {
      assertEquals(
          Reason.SNAPSHOT_DAMAGED,
          assertThrows(HypervisorException.class, () -> rig.started(CloneRig.LONG)).reason());
    } finally {
      Files.write(pack, good);
    }
    assertEquals(
        Reason.NO_SUCH_SNAPSHOT,
        assertThrows(
                HypervisorException.class,
                () ->
                    rig.host
                        .operations()
                        .clones()
                        .start(UUID.randomUUID(), rig.report.snapshot(), CloneRig.LONG))
            .reason());
  }
}
