// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.libvirt.MonitorEvents;
import io.vmattest.hypervisor.libvirt.Qmp;
import io.vmattest.tee.Capture;
import io.vmattest.tee.SocketPair;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Captures a running guest: a migration into a socket whose other end the measurement module reads,
 * and whose switchover the module refuses, so that QEMU itself resumes the guest.
 */
final class LiveCapture {
  private final GuestDomain domain;
  private final Qmp qmp;
  private final MigrationSettings settings;
  private final Optional<SwitchoverStep> inPause;
  private final LiveLimits limits;
  private final PhaseClock clock;

  /**
   * @param record where QEMU's former settings are kept meanwhile
   * @param inPause what is to be done in the same pause
   */
  LiveCapture(
      GuestDomain domain, Path record, Optional<SwitchoverStep> inPause, LiveLimits limits) {
    this.domain = domain;
    this.qmp = new Qmp(domain);
    this.settings = new MigrationSettings(domain, record);
    this.inPause = inPause;
    this.limits = limits;
    this.clock = new PhaseClock(limits.phases());
  }

  /** Gives the pause in microseconds. */
  long into(Capture capture) throws HypervisorException, InterruptedException {
    try (PhaseGuard guard = PhaseGuard.over(clock, capture::cancel);
        Undoing undoing = this::setRight) {
      return captured(capture, guard);
    } catch (LibvirtFailure e) {
      throw clock.locate(Failures.of(Reason.CAPTURE_FAILED, e));
    } catch (IOException e) {
      throw clock.locate(Failures.of(Reason.CAPTURE_FAILED, e));
    }
  }

  /** What fails of it is told beside what failed before. */
  @FunctionalInterface
  private interface Undoing extends AutoCloseable {
    @Override
    void close() throws LibvirtFailure, IOException;
  }

  /** Where anything of it fails, the record stays for {@link BrokenCaptures}. */
  private void setRight() throws LibvirtFailure, IOException {
    clock.reach(CapturePhase.RESUMPTION);
    try {
      AbandonedMigration.end(domain);
      new Resumption(domain).ensure();
      clock.reach(CapturePhase.SETTINGS_BACK);
    } finally {
      settings.restore();
    }
    settings.forget();
  }

  private long captured(Capture capture, PhaseGuard guard)
      throws HypervisorException, InterruptedException {
    try {
      Convergence convergence = Convergence.of(qmp, limits.maxPause());
      settings.apply(convergence.firstMillis(), limits.bandwidth().getAsLong());
      return migrate(capture, convergence, guard);
    } catch (LibvirtFailure e) {
      throw clock.locate(Failures.of(Reason.CAPTURE_FAILED, e));
    } catch (TeeException e) {
      throw clock.locate(Failures.of(Reason.CAPTURE_FAILED, e));
    } catch (IOException e) {
      throw clock.locate(Failures.of(Reason.CAPTURE_FAILED, e));
    }
  }

  private long migrate(Capture capture, Convergence convergence, PhaseGuard guard)
      throws LibvirtFailure, TeeException, HypervisorException, InterruptedException {
    try (MonitorEvents events = MonitorEvents.subscribe(domain);
        SocketPair pair = SocketPair.create()) {
      MigrationWatch watch =
          new MigrationWatch(domain, events, settings, convergence, limits, clock, capture);
      SocketMigration.begin(qmp, pair);
      clock.reach(CapturePhase.FIRST_PASS);
      Optional<HeldStep> held = prepareStep(capture);
      watch.start();
      Optional<HypervisorException> broken = read(capture, pair);
      clock.reach(CapturePhase.RESUMPTION);
      held.ifPresent(HeldStep::awaitEnd);
      watch.awaitEnd(PhaseLimits.RESUMPTION);
      throwFirst(
          List.of(watch.failure(), guard.failure(), held.flatMap(HeldStep::failure), broken));
      if (watch.pauseMicros() == 0) {
        throw new HypervisorException(
            Reason.CAPTURE_FAILED, "QEMU's events do not say how long the guest was paused");
      }
      return watch.pauseMicros();
    }
  }

  private Optional<HeldStep> prepareStep(Capture capture) throws TeeException {
    return inPause.isEmpty()
        ? Optional.empty()
        : Optional.of(HeldStep.prepare(domain, capture, clock, inPause.get(), limits.phases()));
  }

  private Optional<HypervisorException> read(Capture capture, SocketPair pair) {
    try {
      capture.readStream(pair.module().descriptor(), limits.phases().reading());
      return Optional.empty();
    } catch (TeeException e) {
      String where = clock.where();
      // QEMU notices that nobody reads, and resumes the guest.
      pair.close();
      // Whoever waits for the guest to be held need not any more.
      capture.cancel();
      return Optional.of(SocketMigration.explained(qmp, e, where));
    }
  }

  /** The first is told: a pause that was too long says more than a phase that was. */
  private static void throwFirst(List<Optional<HypervisorException>> failures)
      throws HypervisorException {
    List<HypervisorException> all = failures.stream().flatMap(Optional::stream).toList();
    if (all.isEmpty()) {
      return;
    }
    all.stream().skip(1).forEach(all.get(0)::addSuppressed);
    throw all.get(0);
  }
}
