// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.core.report.CaptureMode;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.hypervisor.blocks.ChainCheck;
import io.vmattest.hypervisor.config.Obstacles;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.FrozenDisk;
import io.vmattest.hypervisor.snapshots.Overlays;
import io.vmattest.hypervisor.snapshots.StateFolder;
import io.vmattest.tee.Capture;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Captures and measures a guest in the mode that fits how it stands, and leaves it standing so. */
final class GuestCapturer {
  private final StateFolder state;
  private final ModePolicy modes;
  private final Overlays overlays;
  private final CaptureBudget budget;
  private final ChainCheck chains;

  GuestCapturer(StateFolder state, CaptureSettings settings, ChainCheck chains) {
    this(state, settings, chains, new CaptureBudget(settings.budget()));
  }

  GuestCapturer(
      StateFolder state, CaptureSettings settings, ChainCheck chains, CaptureBudget budget) {
    this.state = state;
    this.modes = settings.modes();
    this.budget = budget;
    this.chains = chains;
    this.overlays = new Overlays(state);
  }

  /**
   * @param freezeDisks whether the disks shall be frozen in the same pause
   * @param maxPause how long a running guest may stand
   * @param afterwards what becomes of one that stands
   */
  CapturedGuest capture(
      GuestDomain domain,
      boolean freezeDisks,
      Duration maxPause,
      Afterwards afterwards,
      ProgressListener progress)
      throws HypervisorException {
    try (CaptureBudget.Turn turn = turn(domain, progress)) {
      return attempt(domain, freezeDisks, maxPause, afterwards, turn, progress);
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    } catch (TeeException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    } catch (InterruptedException e) {
      throw Failures.interrupted(e);
    }
  }

  private CaptureBudget.Turn turn(GuestDomain domain, ProgressListener progress)
      throws LibvirtFailure, HypervisorException, InterruptedException {
    if (domain.state() != RunState.RUNNING) {
      return CaptureBudget.immediate();
    }
    progress.progress("waiting for the host's other captures", 0);
    return budget.await();
  }

  private CapturedGuest attempt(
      GuestDomain domain,
      boolean freezeDisks,
      Duration maxPause,
      Afterwards afterwards,
      CaptureBudget.Turn turn,
      ProgressListener progress)
      throws LibvirtFailure, TeeException, IOException, HypervisorException, InterruptedException {
    // Before QEMU is asked anything: one that hangs with its guest would not answer.
    BrokenCaptures.freeGuest(recordOf(domain), domain);
    String liveXml = domain.liveXml();
    Obstacles obstacles = Preconditions.obstacles(liveXml);
    RunState before = Preconditions.check(domain, obstacles);
    if (freezeDisks) {
      // An overlay over the wrong image would freeze a state that the disk never was in.
      chains.ensure(domain);
    }
    long bytes = obstacles.memoryBytes().orElse(0);
    LiveLimits limits =
        new LiveLimits(
            PhaseLimits.of(bytes, budget.leastBandwidth(), maxPause), maxPause, turn::bandwidth);
    Subject subject =
        new Subject(
            domain,
            before,
            afterwards,
            liveXml,
            domain.migratableXml(),
            bytes,
            freezeDisks,
            limits);
    CaptureMode mode = modes.first(before, freezeDisks);
    try {
      return attempt(subject, mode, progress);
    } catch (HypervisorException first) {
      Optional<CaptureMode> other = modes.instead(mode, first, freezeDisks);
      if (other.isEmpty()) {
        throw first;
      }
      return secondAttempt(subject, other.get(), first, progress);
    }
  }

  private CapturedGuest secondAttempt(
      Subject subject, CaptureMode mode, HypervisorException first, ProgressListener progress)
      throws LibvirtFailure, TeeException, IOException, HypervisorException, InterruptedException {
    try {
      return attempt(subject, mode, progress);
    } catch (HypervisorException e) {
      if (e.reason() != Reason.MODE_UNAVAILABLE) {
        throw e;
      }
      throw new HypervisorException(
          first.reason(), first.getMessage() + "; " + e.getMessage(), first);
    }
  }

  /**
   * What is captured.
   *
   * @param memoryBytes 0 if the XML does not say
   */
  private record Subject(
      GuestDomain domain,
      RunState before,
      Afterwards afterwards,
      String liveXml,
      String migratableXml,
      long memoryBytes,
      boolean freezeDisks,
      LiveLimits limits) {

    /** Whether QEMU has to write its state into memory first. */
    boolean goesByImage() {
      return before != RunState.RUNNING && afterwards == Afterwards.STANDS;
    }
  }

  private CapturedGuest attempt(Subject subject, CaptureMode mode, ProgressListener progress)
      throws LibvirtFailure, TeeException, IOException, HypervisorException, InterruptedException {
    long bytes = subject.memoryBytes();
    Capture capture = bytes > 0 ? Capture.create(HostMemory.limits(bytes)) : Capture.create();
    boolean done = false;
    try (HostMemory.Reservation reserved =
            budget.reserve(HostMemory.needed(bytes, subject.goesByImage()));
        DiskFreeze freeze =
            subject.freezeDisks()
                ? DiskFreeze.prepare(subject.domain(), subject.liveXml(), overlays)
                : null) {
      capture.ofVm(subject.domain().id());
      progress.progress("reading the guest's state", 0.1);
      long pause = read(subject, mode, capture, Optional.ofNullable(freeze));
      progress.progress("measuring", 0.4);
      measure(capture);
      reserved.taken();
      List<FrozenDisk> frozen = freeze == null ? List.of() : freeze.frozen();
      done = true;
      return new CapturedGuest(capture, subject.liveXml(), subject.migratableXml(), pause, frozen);
    } finally {
      if (!done) {
        capture.close();
      }
    }
  }

  private void measure(Capture capture) throws TeeException, InterruptedException {
    try (ThreadShares.Share threads = budget.threads()) {
      capture.measure(threads.count());
    }
  }

  private long read(Subject subject, CaptureMode mode, Capture capture, Optional<DiskFreeze> freeze)
      throws LibvirtFailure, TeeException, IOException, HypervisorException, InterruptedException {
    GuestDomain domain = subject.domain();
    LiveLimits limits = subject.limits();
    return switch (mode) {
      case LIVE ->
          new LiveCapture(domain, recordOf(domain), freeze.flatMap(DiskFreeze::step), limits)
              .into(capture);
      case BACKGROUND -> new BackgroundCapture(domain, recordOf(domain), limits).into(capture);
      case SUSPENDED -> {
        Duration deadline = limits.phases().reading();
        if (subject.goesByImage()) {
          new SuspendedCapture(domain, freeze).into(capture, deadline);
        } else {
          new StandingCapture(domain, recordOf(domain), freeze).into(capture, deadline);
        }
        yield 0;
      }
    };
  }

  private Path recordOf(GuestDomain domain) throws LibvirtFailure {
    return state.captures().resolve(domain.id() + ".json");
  }
}
