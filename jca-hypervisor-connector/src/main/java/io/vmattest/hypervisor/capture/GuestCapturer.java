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
  /** What reading a guest takes at most, beside the time that its memory takes. */
  private static final Duration BASE = Duration.ofSeconds(60);

  private static final long SLOWEST_BYTES_A_SECOND = 50L << 20;

  private final StateFolder state;
  private final Overlays overlays;
  private final HostMemory memory;

  GuestCapturer(StateFolder state) {
    this(state, new HostMemory());
  }

  GuestCapturer(StateFolder state, HostMemory memory) {
    this.state = state;
    this.memory = memory;
    this.overlays = new Overlays(state);
  }

  /**
   * @param freezeDisks whether the disks shall be frozen in the same pause
   */
  CapturedGuest capture(GuestDomain domain, boolean freezeDisks, ProgressListener progress)
      throws HypervisorException {
    try {
      return attempt(domain, freezeDisks, progress);
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

  private CapturedGuest attempt(GuestDomain domain, boolean freezeDisks, ProgressListener progress)
      throws LibvirtFailure, TeeException, IOException, HypervisorException, InterruptedException {
    String liveXml = domain.liveXml();
    Obstacles obstacles = Preconditions.obstacles(liveXml);
    RunState before = Preconditions.check(domain, obstacles);
    String migratableXml = domain.migratableXml();
    long bytes = obstacles.memoryBytes().orElse(0);
    memory.require(HostMemory.needed(bytes, before));
    Duration deadline = BASE.plusSeconds(bytes / SLOWEST_BYTES_A_SECOND);
    Capture capture = bytes > 0 ? Capture.create(HostMemory.limits(bytes)) : Capture.create();
    boolean done = false;
    try (DiskFreeze freeze = freezeDisks ? DiskFreeze.prepare(domain, liveXml, overlays) : null) {
      progress.progress("reading the guest's state", 0.1);
      long pause = read(domain, before, capture, Optional.ofNullable(freeze), deadline);
      progress.progress("measuring", 0.4);
      capture.measure(0);
      List<FrozenDisk> frozen = freeze == null ? List.of() : freeze.frozen();
      done = true;
      return new CapturedGuest(capture, liveXml, migratableXml, pause, frozen);
    } finally {
      if (!done) {
        capture.close();
      }
    }
  }

  private long read(
      GuestDomain domain,
      RunState before,
      Capture capture,
      Optional<DiskFreeze> freeze,
      Duration deadline)
      throws LibvirtFailure, TeeException, IOException, HypervisorException, InterruptedException {
    if (before == RunState.RUNNING) {
      Path record = state.captures().resolve(domain.id() + ".json");
      return new LiveCapture(domain, record, freeze.map(f -> f::freeze)).into(capture, deadline);
    }
    new SuspendedCapture(domain, freeze).into(capture, deadline);
    return 0;
  }
}
