// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.CaptureMode;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.MonitorEvents;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.testing.PrivateLibvirt;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import io.vmattest.tee.CancelledException;
import io.vmattest.tee.Capture;
import io.vmattest.tee.SocketPair;
import jakarta.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Captures in the background of a guest that writes all the time, on a libvirt of its own. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BackgroundIT {
  private static final Path SETTING = Path.of("/proc/sys/vm/unprivileged_userfaultfd");
  private static final String MIGRATION = "{\"execute\":\"query-migrate\"}";
  private static final String FILLED_AND_WRITING = "vmattest.fill=60 vmattest.write=8192";
  private static final int KILLS = 20;
  private static final Duration RUNS_AGAIN = Duration.ofSeconds(2);
  private static final Duration STANDS = Duration.ofSeconds(3);

  private PrivateLibvirt libvirt;
  private TestHost host;
  private TestGuest guest;
  private MigrationState before;
  private QemuProcess qemu;

  @BeforeAll
  void start() throws Exception {
    allowUserfaultfd();
    libvirt = PrivateLibvirt.start();
    host = new TestHost(libvirt.uri(), CaptureSettings.defaults().withModes(ModePolicy.BACKGROUND));
    guest =
        TestGuest.start(libvirt.uri(), host.folder(), 2, Map.of("GUEST_WORDS", FILLED_AND_WRITING));
    try (GuestDomain domain = host.link().domain(guest.id())) {
      qemu = QemuProcess.of(domain);
    }
    before = MigrationState.of(guest);
  }

  private static void allowUserfaultfd() throws Exception {
    try {
      TestGuest.run(TestGuest.script("userfaultfd.sh").toString(), "allow");
    } catch (IOException e) {
      System.out.println("skipped, no captures in the background here: " + e.getMessage());
      abort(String.valueOf(e.getMessage()));
    }
  }

  @AfterAll
  void stop() throws Exception {
    if (guest != null) {
      guest.close();
    }
    if (host != null) {
      host.close();
    }
    if (libvirt != null) {
      libvirt.close();
    }
  }

  @AfterEach
  void theGuestIsAsItWas() throws Exception {
    before.assertKept(host, guest);
  }

  private void repair() throws IOException, LibvirtFailure {
    host.repairBrokenCaptures();
  }

  private Path record() {
    return host.services().state().captures().resolve(guest.id() + ".json");
  }

  @Test
  void aRunningGuestGoesOnAndItsReportSaysHowItWasCaptured() throws Exception {
    List<Double> pauses = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      AttestationReport report = TestHost.report(host.capture(guest.id(), false));
      assertEquals(CaptureMode.BACKGROUND, report.mode());
      assertEquals(2, report.vcpus().size());
      assertEquals(0, report.switchoverMicros());
      assertTrue(report.pauseMicros() > 0, "it has a pause");
      assertEquals("running", guest.state());
      pauses.add(report.pauseMicros() / 1000.0);
    }
    System.out.println("pauses of captures in the background, ms: " + pauses);
  }

  @Test
  void aSnapshotWithItsDisksIsCapturedLiveAndComparedWithLaterInTheBackground() throws Exception {
    AttestationReport kept = TestHost.report(host.capture(guest.id(), true));
    assertEquals(CaptureMode.LIVE, kept.mode());
    CaptureResult later =
        host.operations()
            .capture(
                host.request(guest.id(), false, Optional.of(kept.snapshot())),
                ProgressListener.NONE);
    AttestationReport background = TestHost.report(later);
    assertEquals(CaptureMode.BACKGROUND, background.mode());
    long pages = later.differences().orElseThrow().totalPages();
    assertTrue(pages > 0 && pages < 60_000, "pages that differ: " + pages);
    assertEquals(kept.component("config"), background.component("config"));
    assertEquals(kept.component("cpu/control"), background.component("cpu/control"));
    assertNotEquals(kept.component("memory"), background.component("memory"));
  }

  @Test
  void whereTheKernelDoesNotAllowItTheCaptureIsRefusedByName() throws Exception {
    Files.writeString(SETTING, "0");
    try {
      HypervisorException refused =
          assertThrows(HypervisorException.class, () -> host.capture(guest.id(), false));
      assertEquals(Reason.MODE_UNAVAILABLE, refused.reason(), refused.getMessage());
      assertTrue(
          String.valueOf(refused.getMessage()).contains("not supported by host kernel"),
          refused.getMessage());
    } finally {
      Files.writeString(SETTING, "1");
    }
  }

  @Test
  void whoMayNotFreeTheGuestIsRefusedBeforeItIsTouched() throws Exception {
    Process reader = startReader("guarded", "setpriv", "--bounding-set", "-sys_ptrace");
    try (BufferedReader said = reader.inputReader()) {
      assertEquals("begun", said.readLine());
      String refusal = String.valueOf(said.readLine());
      assertTrue(refusal.startsWith("MODE_UNAVAILABLE "), refusal);
      assertTrue(refusal.contains("could not be freed"), refusal);
    } finally {
      kill(reader);
    }
  }

  @Test
  void aGuestThatWasSuspendedMeanwhileIsSuspendedAgain() throws Exception {
    guest.virsh("suspend");
    try (GuestDomain domain = host.link().domain(guest.id());
        Capture capture = Capture.create()) {
      HypervisorException failed =
          assertThrows(
              HypervisorException.class,
              () -> new BackgroundCapture(domain, record(), TestLimits.patient()).into(capture));
      assertEquals(Reason.CAPTURE_FAILED, failed.reason(), failed.getMessage());
    }
    assertEquals("paused", guest.state());
    guest.virsh("resume");
  }

  @Test
  void aReaderThatDiedBeforeItBeganLeavesNothingSet() throws Exception {
    try (SocketPair pair = SocketPair.create();
        GuestDomain domain = host.link().domain(guest.id())) {
      ExposedGuest exposed = ExposedGuest.of(domain, pair.hypervisor());
      new MigrationSettings(domain, record()).applyBackground(exposed, BudgetLimits.UNLIMITED);
      new Qmp(domain)
          .execute(
              "getfd",
              Json.createObjectBuilder().add("fdname", "left-behind").build(),
              pair.hypervisor().descriptor());
    }
    repair();
    guest.virsh(
        "qemu-monitor-command",
        "{\"execute\":\"closefd\",\"arguments\":{\"fdname\":\"left-behind\"}}");
  }

  @Test
  void aCaptureThatIsGivenUpInItsMidstFreesTheGuest() throws Exception {
    try (HostLink link = HostLink.open(libvirt.uri());
        GuestDomain domain = link.domain(guest.id());
        MonitorEvents events = MonitorEvents.subscribe(domain);
        Capture capture = Capture.create()) {
      Thread canceller = new Thread(() -> cancelOnceStopped(capture, events));
      canceller.start();
      try (GuestDomain captured = host.link().domain(guest.id())) {
        assertThrows(
            CancelledException.class,
            () -> new BackgroundCapture(captured, record(), TestLimits.patient()).into(capture));
      }
      canceller.join();
    }
    assertTicksAgain(System.nanoTime(), guest.ticks().size());
  }

  private static void cancelOnceStopped(Capture capture, MonitorEvents events) {
    try {
      String seen = "";
      while (!seen.equals("STOP")) {
        seen = events.next(Duration.ofSeconds(30)).orElseThrow().name();
      }
      capture.cancel();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void withoutTheWatchdogAGuestWhoseReaderIsKilledHangsUntilItIsRepaired() throws Exception {
    Process reader = startReader("bare");
    try {
      assertEquals("begun", reader.inputReader().readLine());
      TestGuest.awaitThat("the guest's memory is write-protected", this::isProtected);
    } finally {
      kill(reader);
    }
    int before = guest.ticks().size();
    Thread.sleep(STANDS.toMillis());
    // One may have been on its way.
    assertTrue(guest.ticks().size() <= before + 1, "it hangs, or this test shows nothing");
    repair();
    assertTicksAgain(System.nanoTime(), guest.ticks().size());
  }

  private boolean isProtected() {
    try (var lines = Files.lines(Path.of("/proc/" + qemu.pid() + "/smaps"))) {
      return lines.anyMatch(line -> line.startsWith("VmFlags:") && line.contains(" uw"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aGuestWhoseReaderIsKilledAtAnyMomentTicksAgainAtOnce() throws Exception {
    long seed = Long.getLong("vmattest.seed", System.nanoTime());
    Random random = new Random(seed);
    long whole = millisOfAWholeCapture();
    System.out.println("a capture takes " + whole + " ms; moments of killing by seed " + seed);
    List<String> told = new ArrayList<>();
    long most = 0;
    int broken = 0;
    for (int i = 0; i < KILLS; i++) {
      // One in each twentieth, so that they are spread over the whole.
      long moment = (long) ((i + random.nextDouble()) * whole / KILLS);
      long took = killAt(moment);
      most = Math.max(most, took);
      String status = statusOfMigration();
      broken += status.equals("failed") ? 1 : 0;
      // Without the watchdog what is protected stays so, though the guest may tick on for a while.
      assertFalse(isProtected(), "the guest's memory is still write-protected");
      assertTicksAgain(System.nanoTime(), guest.ticks().size());
      told.add("at " + moment + ": " + status + ", ticked after " + took);
      repair();
      assertEquals(before.capabilities(), MigrationState.of(guest).capabilities());
    }
    System.out.println("reader killed, ms: " + told);
    System.out.println(
        "the guest ticked again within " + most + " ms at most; broken off: " + broken);
    assertTrue(broken > 0, "no capture was broken off, so that this shows nothing");
  }

  /** The fastest of some, so that most of the moments lie within a capture. */
  private long millisOfAWholeCapture() throws Exception {
    long fastest = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      fastest = Math.min(fastest, millisOfACapture());
    }
    return fastest;
  }

  private long millisOfACapture() throws Exception {
    Process reader = startReader("guarded");
    try (BufferedReader said = reader.inputReader()) {
      assertEquals("begun", said.readLine());
      String took = String.valueOf(said.readLine());
      assertTrue(took.startsWith("took "), took);
      return Long.parseLong(took.substring("took ".length()));
    } finally {
      kill(reader);
    }
  }

  /**
   * @return milliseconds from the kill to the guest's next tick
   */
  private long killAt(long millis) throws Exception {
    Process reader = startReader("guarded");
    int before;
    long killed;
    try {
      assertEquals("begun", reader.inputReader().readLine());
      Thread.sleep(millis);
    } finally {
      before = guest.ticks().size();
      killed = System.nanoTime();
      kill(reader);
    }
    return assertTicksAgain(killed, before);
  }

  private long assertTicksAgain(long since, int before) throws Exception {
    while (guest.ticks().size() <= before || isProtected()) {
      assertTrue(
          System.nanoTime() - since < RUNS_AGAIN.toNanos(),
          "the guest does not tick freely within " + RUNS_AGAIN);
      Thread.sleep(10);
    }
    return (System.nanoTime() - since) / 1_000_000;
  }

  private String statusOfMigration() throws Exception {
    String status = "active";
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (status.equals("active") || status.equals("setup")) {
      assertTrue(System.nanoTime() < end, "the migration is still " + status);
      String answer = guest.virsh("qemu-monitor-command", MIGRATION);
      int at = answer.indexOf("\"status\":\"");
      status = at < 0 ? "none" : answer.substring(at + 10, answer.indexOf('"', at + 10));
    }
    return status;
  }

  private Process startReader(String kind, String... prefix) throws IOException {
    List<String> command = new ArrayList<>(List.of(prefix));
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            BackgroundReader.class.getName(),
            libvirt.uri(),
            guest.id().toString(),
            record().toString(),
            kind));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static void kill(Process reader) throws InterruptedException {
    reader.destroyForcibly();
    assertTrue(reader.waitFor(30, TimeUnit.SECONDS));
  }
}
