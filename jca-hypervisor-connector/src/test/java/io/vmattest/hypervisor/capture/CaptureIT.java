// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.CaptureMode;
import io.vmattest.hypervisor.api.CaptureRequest;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.chains.OverlaySweep;
import io.vmattest.hypervisor.config.DiskSources;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.MonitorEvents;
import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import io.vmattest.tee.Capture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CaptureIT {

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

  @AfterEach
  void theGuestIsAsItWas() throws Exception {
    before.assertKept(host, guest);
  }

  @Test
  void aRunningGuestGoesOnAndItsPauseIsInTheReport() throws Exception {
    List<Long> pauses = IntStream.range(0, 15).mapToObj(i -> pauseOfOneCapture()).sorted().toList();
    System.out.printf(
        "pause of %d live captures, ms: median %.1f, all %s%n",
        pauses.size(),
        pauses.get(pauses.size() / 2) / 1000.0,
        pauses.stream().map(p -> p / 1000.0).toList());
    assertTrue(pauses.get(0) > 0, "a live capture has a pause");
    assertEquals("running", guest.state());
  }

  private long pauseOfOneCapture() {
    try {
      AttestationReport report = TestHost.report(host.capture(guest.id(), false));
      assertEquals(CaptureMode.LIVE, report.mode());
      assertEquals(2, report.vcpus().size());
      return report.pauseMicros();
    } catch (HypervisorException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aSuspendedGuestCapturedTwiceIsTheSameAndStaysSuspended() throws Exception {
    guest.virsh("suspend");
    CaptureResult first = host.capture(guest.id(), true);
    AttestationReport one = TestHost.report(first);
    assertEquals("paused", guest.state());
    CaptureResult second =
        host.operations()
            .capture(
                host.request(guest.id(), false, Optional.of(one.snapshot())),
                ProgressListener.NONE);
    AttestationReport two = TestHost.report(second);
    assertEquals("paused", guest.state());
    assertEquals(CaptureMode.SUSPENDED, one.mode());
    assertEquals(one.components(), two.components());
    assertEquals(one.stateHash(), two.stateHash());
    assertEquals(0, one.pauseMicros());
    assertEquals(0, second.differences().orElseThrow().totalPages());
    guest.virsh("resume");
  }

  @Test
  void aGuestThatItsOperatorSuspendsWhileItIsCapturedStaysSuspended() throws Exception {
    Thread operator;
    // A connection of the operator's own: libvirt sends one and the same event once to each.
    try (HostLink link = HostLink.open(host.services().uri());
        GuestDomain domain = link.domain(guest.id());
        MonitorEvents events = MonitorEvents.subscribe(domain)) {
      operator = new Thread(() -> suspendOnceCaptured(domain, events));
      operator.start();
      HypervisorException failed =
          assertThrows(HypervisorException.class, () -> host.capture(guest.id(), false));
      assertEquals(Reason.CAPTURE_FAILED, failed.reason());
      assertTrue(String.valueOf(failed.getMessage()).contains("USER"), failed.getMessage());
      operator.join();
    }
    assertEquals("paused", guest.state());
    // However the migration ended, it can be captured as a guest that is suspended.
    assertEquals(CaptureMode.SUSPENDED, TestHost.report(host.capture(guest.id(), false)).mode());
    assertEquals("paused", guest.state());
    guest.virsh("resume");
  }

  private static void suspendOnceCaptured(GuestDomain domain, MonitorEvents events) {
    try {
      String seen = "";
      while (!seen.contains("setup")) {
        seen = events.next(Duration.ofSeconds(30)).orElseThrow().details();
      }
      domain.suspend();
    } catch (LibvirtFailure | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aGuestThatWasSuspendedAfterItsCaptureWasBrokenOffIsNotResumedByTheRepair() throws Exception {
    Process reader = DyingReader.start(guest, record(), "");
    try {
      assertEquals("migrating", reader.inputReader().readLine());
      guest.virsh("suspend");
    } finally {
      reader.destroyForcibly();
      assertTrue(reader.waitFor(30, TimeUnit.SECONDS));
    }
    host.repairBrokenCaptures();
    assertEquals("paused", guest.state());
    guest.virsh("resume");
  }

  @Test
  void aSuspendedGuestThatIsResumedBeforeItsStateIsWrittenIsNoSnapshot() throws Exception {
    guest.virsh("suspend");
    try (GuestDomain domain = host.link().domain(guest.id());
        Capture capture = Capture.create();
        DiskFreeze freeze =
            DiskFreeze.prepare(
                new ResumedByItsOperator(domain),
                domain.liveXml(),
                new Overlays(host.services().state()))) {
      SuspendedCapture suspended = new SuspendedCapture(domain, Optional.of(freeze));
      HypervisorException failed =
          assertThrows(
              HypervisorException.class, () -> suspended.into(capture, Duration.ofSeconds(60)));
      assertEquals(Reason.CAPTURE_FAILED, failed.reason());
      assertTrue(String.valueOf(failed.getMessage()).contains("resumed"), failed.getMessage());
    }
    new OverlaySweep(host.link(), host.services().store()).sweep(guest.id());
  }

  @Test
  void aGuestThatDoesNotStandStillIsNotCapturedAsSuspended() throws Exception {
    try (GuestDomain domain = host.link().domain(guest.id());
        Capture capture = Capture.create()) {
      HypervisorException failed =
          assertThrows(
              HypervisorException.class,
              () ->
                  new SuspendedCapture(domain, Optional.empty())
                      .into(capture, Duration.ofSeconds(60)));
      assertEquals(Reason.CAPTURE_FAILED, failed.reason());
    }
  }

  @Test
  void nobodyElseCanReadWhatTheGuestWritesAfterASnapshot() throws Exception {
    host.capture(guest.id(), true);
    try (GuestDomain domain = host.link().domain(guest.id())) {
      for (DiskSources.Disk disk : DiskSources.list(domain.liveXml())) {
        assertTrue(Overlays.isOverlay(disk.path()), disk.path());
        String mode =
            PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(disk.path())));
        assertTrue(mode.endsWith("---"), mode);
      }
    }
  }

  @Test
  void aRunningGuestDiffersFromItsSnapshotInSomePages() throws Exception {
    AttestationReport kept = TestHost.report(host.capture(guest.id(), true));
    assertEquals(List.of(kept.snapshot()), List.of(lastSnapshot()));
    guest.awaitTicks(2);
    CaptureResult later =
        host.operations()
            .capture(
                host.request(guest.id(), false, Optional.of(kept.snapshot())),
                ProgressListener.NONE);
    long pages = later.differences().orElseThrow().totalPages();
    System.out.println(
        "pause with disks frozen, ms: "
            + kept.pauseMicros() / 1000.0
            + "; pages that differ later: "
            + pages);
    assertTrue(pages > 0 && pages < 20_000, "pages that differ: " + pages);
    assertEquals(kept.component("config"), TestHost.report(later).component("config"));
    assertEquals(kept.component("cpu/control"), TestHost.report(later).component("cpu/control"));
  }

  private io.vmattest.core.report.Digest lastSnapshot() throws HypervisorException {
    var all = host.operations().snapshots(guest.id());
    return all.get(all.size() - 1);
  }

  @Test
  void aCaptureAtATime() throws Exception {
    try (VmLocks.Held held = host.services().locks().acquire(guest.id())) {
      assertReason(Reason.CAPTURE_IN_PROGRESS, guest.id());
    }
  }

  @Test
  void anUnknownVmIsSaidToBeUnknown() {
    assertReason(Reason.NO_SUCH_VM, UUID.randomUUID());
  }

  @Test
  void anUnknownSnapshotIsRefusedBeforeTheGuestIsTouched() {
    CaptureRequest request =
        host.request(
            guest.id(), false, Optional.of(io.vmattest.core.report.Digest.sha256(new byte[0])));
    HypervisorException refused =
        assertThrows(
            HypervisorException.class,
            () -> host.operations().capture(request, ProgressListener.NONE));
    assertEquals(Reason.NO_SUCH_SNAPSHOT, refused.reason());
  }

  @Test
  void withoutTpmNothingIsCapturedAndWithItBackEverythingWorks() throws Exception {
    host.capture(guest.id(), false);
    host.tpm().kill();
    host.restart();
    assertReason(Reason.TEE_UNAVAILABLE, guest.id());
    host.tpm().start();
    host.capture(guest.id(), false);
  }

  @Test
  void aReaderThatDiesLeavesTheGuestRunning() throws Exception {
    Process reader = DyingReader.start(guest, record(), "");
    try {
      assertEquals("migrating", reader.inputReader().readLine());
      assertEquals("true", migrationIsActive());
    } finally {
      reader.destroyForcibly();
      assertTrue(reader.waitFor(30, TimeUnit.SECONDS));
    }
    TestGuest.awaitThat("QEMU gives the migration up", () -> !migrationIsActive().equals("true"));
    guest.awaitTicks(2);
    assertNotEquals(before, MigrationState.of(guest), "the dead reader left its settings");
    host.repairBrokenCaptures();
  }

  @Test
  void aReaderThatDiesWhileItHoldsTheGuestForItsDisksLeavesItRunningByItself() throws Exception {
    Process reader = DyingReader.start(guest, record(), "frozen");
    try {
      assertEquals("migrating", reader.inputReader().readLine());
      TestGuest.awaitThat("the guest stands", () -> status().contains("finish-migrate"));
    } finally {
      reader.destroyForcibly();
      assertTrue(reader.waitFor(30, TimeUnit.SECONDS));
    }
    guest.awaitTicks(2);
    host.repairBrokenCaptures();
    host.capture(guest.id(), true);
  }

  private String status() {
    try {
      return guest.virsh("qemu-monitor-command", "{\"execute\":\"query-status\"}");
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private String migration() {
    try {
      return guest.virsh("qemu-monitor-command", "{\"execute\":\"query-migrate\"}");
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private String migrationIsActive() {
    String answer = migration();
    return Boolean.toString(
        answer.contains("\"status\":\"active\"") || answer.contains("\"status\":\"setup\""));
  }

  private Path record() {
    return host.stateFolder().resolve("captures").resolve(guest.id() + ".json");
  }

  private void assertReason(Reason reason, UUID vm) {
    HypervisorException refused =
        assertThrows(HypervisorException.class, () -> host.capture(vm, false));
    assertEquals(reason, refused.reason(), refused.getMessage());
  }
}
