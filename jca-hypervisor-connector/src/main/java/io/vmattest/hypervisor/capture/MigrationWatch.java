// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.MonitorEvent;
import io.vmattest.hypervisor.libvirt.MonitorEvents;
import io.vmattest.hypervisor.libvirt.PauseReason;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.tee.Capture;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Watches a migration on a thread of its own, while another reads its stream: freezes the disks
 * when QEMU waits for it, allows longer pauses when it does not converge, measures the pause.
 */
final class MigrationWatch {
  private static final Duration POLL = Duration.ofMillis(100);

  /** How long an event may take from QEMU to us. */
  private static final Duration EVENTS = Duration.ofSeconds(5);

  private final GuestDomain domain;
  private final Qmp qmp;
  private final MonitorEvents events;
  private final MigrationSettings settings;
  private final Convergence convergence;
  private final Optional<SwitchoverStep> inPause;
  private final Capture capture;
  private final PauseMeter pause = new PauseMeter();
  private final Thread thread = new Thread(this::run, "vmattest-migration-watch");

  private volatile boolean stopping;
  private volatile boolean ended;
  private volatile Optional<HypervisorException> failure = Optional.empty();
  private boolean frozen;
  private OptionalLong endPolled = OptionalLong.empty();

  MigrationWatch(
      GuestDomain domain,
      MonitorEvents events,
      MigrationSettings settings,
      Convergence convergence,
      Optional<SwitchoverStep> inPause,
      Capture capture) {
    this.domain = domain;
    this.qmp = new Qmp(domain);
    this.events = events;
    this.settings = settings;
    this.convergence = convergence;
    this.inPause = inPause;
    this.capture = capture;
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
        Optional<MonitorEvent> event = events.next(POLL);
        if (event.isPresent()) {
          see(event.get());
        }
        if (System.nanoTime() - nextPoll >= 0) {
          poll();
          nextPoll = System.nanoTime() + POLL.toNanos();
        }
      }
    } catch (LibvirtFailure e) {
      giveUp(Failures.of(Reason.CAPTURE_FAILED, e));
    } catch (InterruptedException e) {
      giveUp(Failures.interrupted(e));
    } catch (RuntimeException e) {
      giveUp(new HypervisorException(Reason.CAPTURE_FAILED, "watching the migration failed", e));
    }
  }

  private void see(MonitorEvent event) throws LibvirtFailure {
    pause.see(event);
    if (event.name().equals("MIGRATION")) {
      arrivedAt(statusIn(event.details()));
    }
  }

  private static String statusIn(String details) {
    try (JsonReader reader = Json.createReader(new StringReader(details))) {
      return reader.readObject().getString("status", "");
    } catch (JsonException e) {
      return "";
    }
  }

  private void arrivedAt(String status) throws LibvirtFailure {
    if (status.equals(QemuMigration.PRE_SWITCHOVER) && !frozen && failure.isEmpty()) {
      frozen = true;
      switchOver();
    } else if (QemuMigration.isEnded(status)) {
      ended = true;
    }
  }

  /** The guest stands still, and will until this is over. */
  private void switchOver() throws LibvirtFailure {
    if (inPause.isPresent()) {
      if (domain.isInJob()) {
        // The switch would wait for it, and the guest with it.
        giveUp(Preconditions.busy(domain, "libvirt saves, dumps or migrates it"));
        return;
      }
      inPause.get().run();
    }
    qmp.execute(
        "migrate-continue", Json.createObjectBuilder().add("state", "pre-switchover").build());
  }

  private void poll() throws LibvirtFailure {
    JsonObject migration = qmp.execute("query-migrate").asJsonObject();
    String status = migration.getString("status", "");
    if (!QemuMigration.isEnded(status)) {
      arrivedAt(status);
    } else if (isLongOver()) {
      ended = true;
    }
    lookWhoStoppedIt();
    JsonObject ram = migration.getJsonObject("ram");
    if (!status.equals("active") || ram == null) {
      return;
    }
    long passes = ram.getJsonNumber("dirty-sync-count").longValue();
    if (convergence.isHopeless(passes)) {
      giveUp(
          new HypervisorException(
              Reason.NOT_CONVERGING,
              "the guest writes faster than its memory can be read, "
                  + passes
                  + " passes were made"));
      return;
    }
    OptionalInt millis = convergence.raise(passes);
    if (millis.isPresent()) {
      settings.setDowntime(millis.getAsInt());
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
    failure = Optional.of(why);
    capture.cancel();
    try {
      qmp.execute("migrate_cancel");
    } catch (LibvirtFailure e) {
      why.addSuppressed(e);
    }
  }
}
