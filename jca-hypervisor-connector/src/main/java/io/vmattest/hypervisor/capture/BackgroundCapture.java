// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.MonitorEvent;
import io.vmattest.hypervisor.libvirt.MonitorEvents;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.hypervisor.libvirt.QmpException;
import io.vmattest.tee.Capture;
import io.vmattest.tee.RunStateException;
import io.vmattest.tee.SocketPair;
import io.vmattest.tee.TeeException;
import io.vmattest.tee.Watchdog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Captures a running guest by QEMU's background snapshot: QEMU stops the guest for a moment, saves
 * all but its RAM, write-protects the RAM and lets the guest go on; each page is sent before the
 * guest can write to it. It converges however fast the guest writes.
 *
 * <p>QEMU 7.2 leaves the guest hanging if the reader dies, or the migration fails or is cancelled.
 * So a process of its own watches over the guest, and the migration is never cancelled.
 */
final class BackgroundCapture {
  /** How long an event may take from QEMU to us. */
  private static final Duration EVENTS = Duration.ofSeconds(15);

  /** What the watchdog waits beyond the deadline of the reader, who gives up by himself. */
  private static final Duration MARGIN = Duration.ofSeconds(10);

  private static final String UNAVAILABLE = "no capture in the background: ";

  private final GuestDomain domain;
  private final Qmp qmp;
  private final MigrationSettings settings;
  private final LiveLimits limits;

  /**
   * @param record where QEMU's former settings are kept meanwhile
   * @param limits of time; a guest that waits for its reader is not throttled, and the pause is
   *     QEMU's own
   */
  BackgroundCapture(GuestDomain domain, Path record, LiveLimits limits) {
    this.domain = domain;
    this.limits = limits;
    this.qmp = new Qmp(domain);
    this.settings = new MigrationSettings(domain, record);
  }

  /**
   * @return the pause in microseconds
   * @throws HypervisorException with reason MODE_UNAVAILABLE if this guest cannot be captured so
   */
  long into(Capture capture)
      throws LibvirtFailure, TeeException, IOException, HypervisorException, InterruptedException {
    try (MonitorEvents events = MonitorEvents.subscribe(domain)) {
      snapshot(capture, limits.phases().reading());
      return pause(events);
    } catch (RunStateException e) {
      // QEMU lets a guest run after a background snapshot, also one that was suspended meanwhile.
      domain.suspend();
      throw new HypervisorException(
          Reason.CAPTURE_FAILED,
          "the guest was suspended by somebody else before it was captured, and is again",
          e);
    }
  }

  private void snapshot(Capture capture, Duration deadline)
      throws LibvirtFailure, TeeException, IOException, HypervisorException, InterruptedException {
    try (SocketPair pair = SocketPair.create()) {
      ExposedGuest guest = expose(pair);
      try (Watchdog watchdog = watch(guest, deadline.plus(MARGIN))) {
        boolean done = false;
        try {
          enable(guest);
          read(capture, pair, deadline);
          dismiss(watchdog);
          done = true;
        } finally {
          if (!done) {
            pair.close();
            guest.free(watchdog);
          }
          setRight();
        }
      }
    }
  }

  private ExposedGuest expose(SocketPair pair) throws LibvirtFailure, HypervisorException {
    try {
      return ExposedGuest.of(domain, pair.hypervisor());
    } catch (IOException e) {
      throw unavailable("QEMU's process cannot be seen from here: " + e.getMessage(), e);
    }
  }

  private static Watchdog watch(ExposedGuest guest, Duration atMost)
      throws HypervisorException, InterruptedException {
    try {
      return guest.watch(atMost);
    } catch (IOException e) {
      throw unavailable("the guest could not be freed if its reader died: " + e.getMessage(), e);
    }
  }

  private void enable(ExposedGuest guest) throws LibvirtFailure, IOException, HypervisorException {
    if (!settings.knowsBackground()) {
      throw new HypervisorException(
          Reason.MODE_UNAVAILABLE, UNAVAILABLE + "this QEMU has no background snapshots");
    }
    try {
      settings.applyBackground(guest, BudgetLimits.UNLIMITED);
    } catch (QmpException e) {
      throw unavailable(e.description(), e);
    }
  }

  private void read(Capture capture, SocketPair pair, Duration deadline)
      throws LibvirtFailure, TeeException {
    SocketMigration.begin(qmp, pair);
    // Nothing else is done meanwhile: wherever the guest writes, it waits for this.
    capture.readBackground(pair.module().descriptor(), deadline);
  }

  private static void dismiss(Watchdog watchdog)
      throws IOException, HypervisorException, InterruptedException {
    Watchdog.Outcome outcome = watchdog.dismiss(EVENTS);
    if (outcome != Watchdog.Outcome.UNTOUCHED) {
      throw new HypervisorException(
          Reason.CAPTURE_FAILED, "the guest was " + outcome + " before its snapshot was complete");
    }
  }

  /** The guest is free. Where anything of it fails, the record stays for {@link BrokenCaptures}. */
  private void setRight() throws LibvirtFailure, IOException {
    try {
      AbandonedMigration.awaitEnd(domain);
      new Resumption(domain).ensure();
    } finally {
      settings.restore();
    }
    settings.forget();
  }

  private static long pause(MonitorEvents events) throws HypervisorException, InterruptedException {
    PauseMeter pause = new PauseMeter();
    long end = System.nanoTime() + EVENTS.toNanos();
    while (pause.micros() == 0) {
      Optional<MonitorEvent> event = events.next(Duration.ofNanos(end - System.nanoTime()));
      if (event.isEmpty()) {
        throw new HypervisorException(
            Reason.CAPTURE_FAILED, "QEMU's events do not say how long the guest was paused");
      }
      pause.see(event.get());
    }
    return pause.micros();
  }

  private static HypervisorException unavailable(String why, Exception cause) {
    return new HypervisorException(Reason.MODE_UNAVAILABLE, UNAVAILABLE + why, cause);
  }
}
