// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.MonitorEvent;
import io.vmattest.hypervisor.libvirt.MonitorEvents;
import io.vmattest.hypervisor.libvirt.PauseReason;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.tee.Capture;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Watches a migration on a thread of its own, while another reads its stream: allows longer pauses
 * when it does not converge, keeps it to its bandwidth, measures the pause and ends one that is too
 * long.
 */
final class MigrationWatch {
  private static final Duration POLL = Duration.ofMillis(100);

  /** How long an event may take from QEMU to us. */
  private static final Duration EVENTS = Duration.ofSeconds(5);

  private static final long NANOS_PER_MICRO = 1000;

  private final GuestDomain domain;
  private final Qmp qmp;
  private final MonitorEvents events;
  private final MigrationSettings settings;
  private final Convergence convergence;
  private final LiveLimits limits;
  private final PauseLimit pauseLimit;
  private final PhaseClock clock;
  private final Capture capture;
  private final PauseMeter pause = new PauseMeter();
  private final Thread thread = new Thread(this::run, "vmattest-migration-watch");

  private volatile boolean stopping;
  private volatile boolean ended;
  private volatile Optional<HypervisorException> failure = Optional.empty();
  private OptionalLong endPolled = OptionalLong.empty();
  private OptionalLong stoodSince = OptionalLong.empty();
  private long bandwidth;

  MigrationWatch(
      GuestDomain domain,
      MonitorEvents events,
      MigrationSettings settings,
      Convergence convergence,
      LiveLimits limits,
      PhaseClock clock,
      Capture capture) {
    this.domain = domain;
    this.qmp = new Qmp(domain);
    this.events = events;
    this.settings = settings;
    this.convergence = convergence;
    this.limits = limits;
    this.pauseLimit = new PauseLimit(limits.maxPause());
    this.clock = clock;
    this.capture = capture;
    this.bandwidth = limits.bandwidth().getAsLong();
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Waits until the migration is over and the guest has been resumed. */
  void awaitEnd(Duration atMost) throws InterruptedException {
    try {
      thread.join(atMost.toMillis());
    } finally {
      stopping = true;
    }
    thread.join();
  }

  /** Why the watch gave the capture up. */
  Optional<HypervisorException> failure() {
    return failure;
  }

  /** Meaningful once the watch is over. */
  long pauseMicros() {
    return pause.micros();
  }

  private void run() {
    long nextPoll = System.nanoTime();
    try {
      while (!stopping && (!ended || (pause.isStanding() && failure.isEmpty()))) {
        Optional<MonitorEvent> event = events.next(patience());
        if (event.isPresent()) {
          see(event.get());
        }
        checkPause();
        if (System.nanoTime() - nextPoll >= 0) {
          look();
          nextPoll = System.nanoTime() + POLL.toNanos();
        }
      }
      checkWholePause();
    } catch (LibvirtFailure e) {
      giveUp(Failures.of(Reason.CAPTURE_FAILED, e));
    } catch (InterruptedException e) {
      giveUp(Failures.interrupted(e));
    } catch (RuntimeException e) {
      giveUp(new HypervisorException(Reason.CAPTURE_FAILED, "watching the migration failed", e));
    }
  }

  /** Until the next look, or until the pause becomes too long. */
  private Duration patience() {
    if (stoodSince.isEmpty() || failure.isPresent()) {
      return POLL;
    }
    Duration left = limits.maxPause().minus(stood()).plusMillis(1);
    return left.isNegative() ? Duration.ZERO : left.compareTo(POLL) < 0 ? left : POLL;
  }

  private Duration stood() {
    return Duration.ofNanos(System.nanoTime() - stoodSince.orElseThrow());
  }

  private void see(MonitorEvent event) throws LibvirtFailure {
    pause.see(event);
    if (!pause.isStanding()) {
      stoodSince = OptionalLong.empty();
    } else if (stoodSince.isEmpty()) {
      stoodSince = OptionalLong.of(System.nanoTime());
      clock.reach(CapturePhase.SWITCHOVER);
    }
    if (event.name().equals("MIGRATION") && QemuMigration.isEnded(statusIn(event.details()))) {
      ended = true;
    }
  }

  /** Once it stands, QEMU's monitor may be deaf, for it sends the rest with its great lock held. */
  private void look() throws LibvirtFailure {
    lookWhoStoppedIt();
    if (!pause.isStanding() || failure.isPresent()) {
      poll();
    }
  }

  private void checkPause() throws LibvirtFailure {
    if (stoodSince.isEmpty() || failure.isPresent()) {
      return;
    }
    Optional<HypervisorException> exceeded = pauseLimit.exceededBy(stood());
    if (exceeded.isPresent()) {
      // Whoever suspended it meanwhile is the better reason.
      lookWhoStoppedIt();
      giveUp(exceeded.get());
    }
  }

  private void checkWholePause() {
    if (failure.isPresent()) {
      return;
    }
    pauseLimit
        .exceededBy(Duration.ofNanos(pause.micros() * NANOS_PER_MICRO))
        .ifPresent(why -> failure = Optional.of(clock.locate(why)));
  }

  private static String statusIn(String details) {
    try (JsonReader reader = JSON.createReader(new StringReader(details))) {
      return reader.readObject().getString("status", "");
    } catch (JsonException e) {
      return "";
    }
  }

  private void poll() throws LibvirtFailure {
    JsonObject migration = qmp.execute("query-migrate").asJsonObject();
    String status = migration.getString("status", "");
    if (QemuMigration.isEnded(status) && isLongOver()) {
      ended = true;
    }
    JsonObject ram = migration.getJsonObject("ram");
    if (!status.equals("active") || ram == null) {
      return;
    }
    long passes = ram.getJsonNumber("dirty-sync-count").longValue();
    if (passes > 1) {
      clock.reach(CapturePhase.CONVERGENCE);
    }
    if (convergence.isHopeless(passes)) {
      giveUp(
          new HypervisorException(
              Reason.NOT_CONVERGING,
              "the guest writes faster than its memory can be read, "
                  + passes
                  + " passes were made, and its policy allows a pause of "
                  + limits.maxPause().toMillis()
                  + " ms"));
      return;
    }
    OptionalInt millis = convergence.raise(passes);
    if (millis.isPresent()) {
      settings.setDowntime(millis.getAsInt());
    }
    shareBandwidth();
  }

  /** Captures that began meanwhile get their part of it. */
  private void shareBandwidth() throws LibvirtFailure {
    long granted = limits.bandwidth().getAsLong();
    if (granted != bandwidth) {
      settings.setBandwidth(granted);
      bandwidth = granted;
    }
  }

  /** What stands still is no running guest any more, and has no pause that could be told. */
  private void lookWhoStoppedIt() throws LibvirtFailure {
    if (!pause.isStanding() || failure.isPresent()) {
      return;
    }
    Optional<PauseReason> reason = Resumption.foreignPause(domain);
    if (reason.isPresent()) {
      giveUp(
          new HypervisorException(
              Reason.CAPTURE_FAILED,
              "the guest was stopped by somebody else while it was captured ("
                  + reason.get()
                  + "), and stays so"));
    }
  }

  /** The events of the end, which have the times of the pause, may be on their way for a while. */
  private boolean isLongOver() {
    if (endPolled.isEmpty()) {
      endPolled = OptionalLong.of(System.nanoTime());
    }
    return System.nanoTime() - endPolled.getAsLong() >= EVENTS.toNanos();
  }

  private void giveUp(HypervisorException why) {
    if (failure.isPresent()) {
      return;
    }
    failure = Optional.of(clock.locate(why));
    capture.cancel();
    try {
      qmp.execute("migrate_cancel");
    } catch (LibvirtFailure e) {
      why.addSuppressed(e);
    }
  }
}
