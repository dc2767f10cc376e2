// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.CaptureMode;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.chains.OverlaySweep;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.snapshots.StoredSnapshot;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import io.vmattest.tee.Capture;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StandingCaptureIT {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private TestHost host;
  private TestGuest guest;
  private MigrationState before;

  @BeforeAll
  void start() throws Exception {
    host = new TestHost();
    guest = TestGuest.start(host.folder(), 2);
    before = MigrationState.of(guest);
  }

  @AfterAll
  void stop() throws Exception {
    guest.close();
    host.close();
  }

  @BeforeEach
  void theGuestStands() throws Exception {
    guest.virsh("suspend");
  }

  @AfterEach
  void theGuestRunsAsIfNothingHadHappened() throws Exception {
    if (guest.state().equals("paused")) {
      guest.virsh("resume");
    }
    before.assertKept(host, guest);
  }

  private CaptureResult capture(boolean keep, Optional<Comparison> comparison) throws Exception {
    try (GuestDomain domain = host.link().domain(guest.id())) {
      return host.services()
          .attestor()
          .attest(
              domain,
              host.request(guest.id(), keep, Optional.empty()),
              Afterwards.RUNS_OR_ENDS,
              comparison,
              ProgressListener.NONE);
    }
  }

  @Test
  void itsStreamHasWhatAnImageHasAndTheGuestStandsOn() throws Exception {
    AttestationReport image = TestHost.report(host.capture(guest.id(), true));
    try (Comparison comparison = new Comparison(snapshot(image))) {
      CaptureResult result = capture(false, Optional.of(comparison));
      AttestationReport stream = TestHost.report(result);
      assertEquals("paused", guest.state());
      assertEquals(CaptureMode.SUSPENDED, stream.mode());
      assertEquals(0, stream.pauseMicros());
      assertEquals(image.components(), stream.components());
      assertEquals(0, result.differences().orElseThrow().totalPages());
    }
  }

  @Test
  void oneThatWasSentCanStillBeCapturedByImageBeforeItIsResumed() throws Exception {
    AttestationReport stream = TestHost.report(capture(true, Optional.empty()));
    assertEquals("paused", guest.state());
    AttestationReport image = TestHost.report(host.capture(guest.id(), false));
    assertEquals(stream.components(), image.components());
  }

  @Test
  void itsDisksAreFrozenInTheSameState() throws Exception {
    AttestationReport report = TestHost.report(capture(true, Optional.empty()));
    assertEquals(1, snapshot(report).disks().size());
    assertTrue(
        Overlays.marksIn(guest.virsh("dumpxml")).size() > 0, "the guest writes to an overlay");
  }

  @Test
  void aGuestThatItsOperatorResumesMeanwhileIsNoSnapshotAndRuns() throws Exception {
    try (GuestDomain domain = host.link().domain(guest.id());
        Capture capture = Capture.create();
        DiskFreeze freeze =
            DiskFreeze.prepare(
                new ResumedByItsOperator(domain),
                domain.liveXml(),
                new Overlays(host.services().state()))) {
      StandingCapture standing = new StandingCapture(domain, record(), Optional.of(freeze));
      HypervisorException failed =
          assertThrows(HypervisorException.class, () -> standing.into(capture, DEADLINE));
      assertEquals(Reason.CAPTURE_FAILED, failed.reason(), failed.getMessage());
    }
    assertEquals("running", guest.state());
    new OverlaySweep(host.link(), host.services().store()).sweep(guest.id());
  }

  @Test
  void aRunningGuestIsNotCapturedAsOneThatStands() throws Exception {
    guest.virsh("resume");
    try (GuestDomain domain = host.link().domain(guest.id());
        Capture capture = Capture.create()) {
      StandingCapture standing = new StandingCapture(domain, record(), Optional.empty());
      HypervisorException failed =
          assertThrows(HypervisorException.class, () -> standing.into(capture, DEADLINE));
      assertEquals(Reason.CAPTURE_FAILED, failed.reason());
    }
    assertEquals("running", guest.state());
  }

  @Test
  void aReaderThatGivesUpLeavesItStandingAndItCanBeResumed() throws Exception {
    try (GuestDomain domain = host.link().domain(guest.id());
        Capture capture = Capture.create()) {
      // It is to read all the same, once QEMU has begun to send.
      capture.cancel();
      StandingCapture standing = new StandingCapture(domain, record(), Optional.empty());
      HypervisorException failed =
          assertThrows(HypervisorException.class, () -> standing.into(capture, DEADLINE));
      assertEquals(Reason.CAPTURE_FAILED, failed.reason());
      assertTrue(
          String.valueOf(failed.getMessage()).contains("stands as before"), failed.getMessage());
    }
    assertEquals("paused", guest.state());
  }

  @Test
  void aServerThatDiesMeanwhileLeavesItStandingAndTheRepairOnlySetsQemuRight() throws Exception {
    Process reader = DyingReader.start(guest, record(), "standing");
    try {
      assertEquals("migrating", reader.inputReader().readLine());
    } finally {
      reader.destroyForcibly();
      assertTrue(reader.waitFor(30, TimeUnit.SECONDS));
    }
    assertEquals("paused", guest.state());
    assertNotEquals(before, MigrationState.of(guest), "the dead reader left its settings");
    host.repairBrokenCaptures();
    assertEquals("paused", guest.state());
    assertEquals(before, MigrationState.of(guest));
  }

  private StoredSnapshot snapshot(AttestationReport report) throws Exception {
    return host.services().store().find(guest.id(), report.snapshot()).orElseThrow();
  }

  private Path record() {
    return host.stateFolder().resolve("captures").resolve(guest.id() + ".json");
  }
}
