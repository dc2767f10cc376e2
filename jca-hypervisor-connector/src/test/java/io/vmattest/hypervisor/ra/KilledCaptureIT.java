// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.ra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.testing.PrivateLibvirt;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.tee.testing.EmulatedTpm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Whatever is killed at whatever moment of a live capture, the guest runs on, and nothing of the
 * capture stays. -Dvmattest.kill.moments and -Dvmattest.kill.seed choose how many moments and
 * which.
 */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KilledCaptureIT {
  private static final int MOMENTS = Integer.getInteger("vmattest.kill.moments", 16);
  private static final long SEED = Long.getLong("vmattest.kill.seed", System.nanoTime());
  private static final Duration STANDS_AT_MOST =
      Duration.ofMillis(Integer.getInteger("vmattest.kill.within.millis", 2000));

  /** The last captures of a kind, by whose times a moment of the next is chosen. */
  private static final int RECENT = 3;

  private static final String CAPABILITIES = "{\"execute\":\"query-migrate-capabilities\"}";
  private static final String PARAMETERS = "{\"execute\":\"query-migrate-parameters\"}";
  private static final String STATUS = "{\"execute\":\"query-status\"}";

  /** What happens to a capture. */
  private enum Fault {
    SERVER_KILLED,
    LIBVIRTD_KILLED,
    DISK_FULL,
    DISK_AWAY
  }

  private final Random random = new Random(SEED);
  private final Map<Fault, List<Duration>> stood = new EnumMap<>(Fault.class);
  private final Deque<Duration> reports = new ArrayDeque<>();
  private final Deque<Duration> snapshots = new ArrayDeque<>();
  private Path folder;
  private PrivateLibvirt libvirt;
  private EmulatedTpm tpm;
  private FailingDisk disk;
  private TestGuest guest;
  private ServerProcess server;
  private String settings;
  private int underWay;

  @BeforeAll
  void start() throws Exception {
    libvirt = PrivateLibvirt.start();
    folder = TestGuest.folder();
    disk = FailingDisk.mount(folder);
    tpm = EmulatedTpm.create(Files.createDirectory(folder.resolve("tpm")));
    startGuest();
    startServer();
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
    guest.close();
    tpm.close();
    disk.close();
    libvirt.close();
    TestGuest.deleteFolder(folder);
  }

  private void startGuest() throws Exception {
    guest = TestGuest.start(libvirt.uri(), folder, 1);
    settings = settings();
  }

  private void startServer() throws Exception {
    server =
        ServerProcess.start(libvirt.uri(), disk.folder(), tpm.tcti(), folder.resolve("server.log"));
  }

  @Test
  void theGuestRunsOnWhateverIsKilledAtWhateverMoment() throws Exception {
    System.out.printf("%d moments, -Dvmattest.kill.seed=%d%n", MOMENTS, SEED);
    for (int i = 0; i < RECENT; i++) {
      capture(true);
      capture(false);
    }
    System.out.printf(
        "a whole capture takes %s, with snapshot and disks %s%n", shortest(false), shortest(true));
    List<Integer> slots = new ArrayList<>(IntStream.range(0, MOMENTS).boxed().toList());
    Collections.shuffle(slots, random);
    for (int i = 0; i < MOMENTS; i++) {
      boolean snapshot = i / 2 % 2 == 0;
      double part = (slots.get(i) + random.nextDouble()) / MOMENTS;
      breakOff(faults().get(i % faults().size()), snapshot, part(shortest(snapshot), part));
    }
    report();
    assertTrue(underWay * 2 >= MOMENTS, "too few were still under way: " + underWay);
  }

  /** The disk fails as often as each of the others, in the one way or the other. */
  private static List<Fault> faults() {
    return List.of(
        Fault.SERVER_KILLED,
        Fault.LIBVIRTD_KILLED,
        Fault.DISK_FULL,
        Fault.SERVER_KILLED,
        Fault.LIBVIRTD_KILLED,
        Fault.DISK_AWAY);
  }

  private static Duration part(Duration whole, double part) {
    return Duration.ofNanos((long) (whole.toNanos() * part));
  }

  /** To its end. */
  private void capture(boolean snapshot) throws Exception {
    long began = System.nanoTime();
    server.begin(guest.id(), snapshot);
    assertEquals("done", server.outcome());
    Deque<Duration> times = snapshot ? snapshots : reports;
    times.add(Duration.ofNanos(System.nanoTime() - began));
    if (times.size() > RECENT) {
      times.remove();
    }
  }

  /** Of the recent ones: a server that has just started is slow. */
  private Duration shortest(boolean snapshot) {
    return Collections.min(snapshot ? snapshots : reports);
  }

  private void breakOff(Fault fault, boolean snapshot, Duration after) throws Exception {
    server.begin(guest.id(), snapshot);
    Thread.sleep(after.toMillis(), after.toNanosPart() % 1_000_000);
    boolean over = server.isOver();
    underWay += over ? 0 : 1;
    strike(fault);
    Duration tick = guest.awaitTickBeyond(guest.lastTick());
    stood.computeIfAbsent(fault, f -> new ArrayList<>()).add(tick);
    String outcome = recover(fault);
    System.out.printf(
        "%-15s %s after %4d ms%s: next tick %4d ms, %s%n",
        fault,
        snapshot ? "snapshot" : "report  ",
        after.toMillis(),
        over ? " (over)" : "",
        tick.toMillis(),
        outcome);
    assertTrue(tick.compareTo(STANDS_AT_MOST) <= 0, "the guest stood for " + tick);
    assertNothingIsLeft();
    captureAgain(snapshot);
  }

  private void strike(Fault fault) throws Exception {
    switch (fault) {
      case SERVER_KILLED -> server.kill();
      case LIBVIRTD_KILLED -> libvirt.kill();
      case DISK_FULL -> disk.fill();
      case DISK_AWAY -> disk.takeAway();
    }
  }

  /** What an operator, or systemd, would do. Gives the capture's outcome. */
  private String recover(Fault fault) throws Exception {
    switch (fault) {
      case SERVER_KILLED -> {
        startServer();
        return "killed";
      }
      case LIBVIRTD_KILLED -> libvirt.up();
      default -> {
        String outcome = server.outcome();
        disk.repair();
        return outcome;
      }
    }
    return server.outcome();
  }

  /** The server's own watch sets right what its captures left. */
  private void assertNothingIsLeft() throws Exception {
    TestGuest.awaitThat("no record is left", () -> records().isEmpty());
    assertTrue(guest.virsh("qemu-monitor-command", STATUS).contains("\"running\":true"));
    assertEquals("running", guest.state());
    assertEquals(settings, settings());
    guest.awaitTicks(2);
    assertEquals(Optional.empty(), guest.mismatch());
  }

  private List<Path> records() {
    try (Stream<Path> files = Files.list(disk.folder().resolve("captures"))) {
      return files.filter(file -> file.toString().endsWith(".json")).toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private String settings() throws IOException, InterruptedException {
    return Stream.of(
            guest.virsh("qemu-monitor-command", CAPABILITIES),
            guest.virsh("qemu-monitor-command", PARAMETERS))
        .map(answer -> answer.replaceFirst("\"id\":\"libvirt-\\d+\"", ""))
        .toList()
        .toString();
  }

  /** Also with its disks, wherever in their switch libvirtd died. */
  private void captureAgain(boolean snapshot) throws Exception {
    capture(false);
    if (snapshot) {
      capture(true);
    }
  }

  private void report() {
    System.out.printf("%d of %d captures were under way%n", underWay, MOMENTS);
    stood.forEach(
        (fault, ticks) ->
            System.out.printf(
                "%-15s %2d times, longest until the next tick %d ms%n",
                fault, ticks.size(), Collections.max(ticks).toMillis()));
  }
}
