// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
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
  private final Overlays overlays;
  private final CaptureBudget budget;

  GuestCapturer(StateFolder state, CaptureBudget budget) {
    this.state = state;
    this.budget = budget;
    this.overlays = new Overlays(state);
  }

  /**
   * @param freezeDisks whether the disks shall be frozen in the same pause
   * @param maxPause how long a running guest may stand
   */
  CapturedGuest capture(
      GuestDomain domain, boolean freezeDisks, Duration maxPause, ProgressListener progress)
      throws HypervisorException {
    try (CaptureBudget.Turn turn = turn(domain, progress)) {
      return attempt(domain, freezeDisks, maxPause, turn, progress);
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
      CaptureBudget.Turn turn,
      ProgressListener progress)
      throws LibvirtFailure, TeeException, IOException, HypervisorException, InterruptedException {
    String liveXml = domain.liveXml();
    Obstacles obstacles = Preconditions.obstacles(liveXml);
    RunState before = Preconditions.check(domain, obstacles);
    String migratableXml = domain.migratableXml();
    long bytes = obstacles.memoryBytes().orElse(0);
    PhaseLimits phases = PhaseLimits.of(bytes, budget.leastBandwidth(), maxPause);
    LiveLimits limits = new LiveLimits(phases, maxPause, turn::bandwidth);
    Capture capture = bytes > 0 ? Capture.create(HostMemory.limits(bytes)) : Capture.create();
    boolean done = false;
    try (HostMemory.Reservation reserved = budget.reserve(HostMemory.needed(bytes, before));
        DiskFreeze freeze = freezeDisks ? DiskFreeze.prepare(domain, liveXml, overlays) : null) {
      progress.progress("reading the guest's state", 0.1);
      long pause = read(domain, before, capture, Optional.ofNullable(freeze), limits);
      progress.progress("measuring", 0.4);
      measure(capture);
      reserved.taken();
      List<FrozenDisk> frozen = freeze == null ? List.of() : freeze.frozen();
      done = true;
      return new CapturedGuest(capture, liveXml, migratableXml, pause, frozen);
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

  private long read(
      GuestDomain domain,
      RunState before,
      Capture capture,
      Optional<DiskFreeze> freeze,
      LiveLimits limits)
      throws LibvirtFailure, TeeException, IOException, HypervisorException, InterruptedException {
    if (before == RunState.RUNNING) {
      Path record = state.captures().resolve(domain.id() + ".json");
      return new LiveCapture(domain, record, freeze.map(f -> f::freeze), limits).into(capture);
    }
    new SuspendedCapture(domain, freeze).into(capture, limits.phases().reading());
    return 0;
  }
}
