// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.tee.Capture;
import io.vmattest.tee.TeeException;
import java.time.Duration;
import java.util.Optional;

/**
 * What is done in a guest's pause, on a thread of its own. The guest stands because the module has
 * not refused the switchover yet, and runs on by itself when the module does, when its time is
 * over, or when this process ends: none of it takes libvirt.
 */
final class HeldStep {
  private final GuestDomain domain;
  private final Capture capture;
  private final PhaseClock clock;
  private final SwitchoverStep step;
  private final Duration patience;
  private final Thread thread = new Thread(this::run, "vmattest-held-step");
  private volatile Optional<HypervisorException> failure = Optional.empty();

  private HeldStep(
      GuestDomain domain,
      Capture capture,
      PhaseClock clock,
      SwitchoverStep step,
      Duration patience) {
    this.domain = domain;
    this.capture = capture;
    this.clock = clock;
    this.step = step;
    this.patience = patience;
    thread.setDaemon(true);
  }

  /** Before the capture reads its stream. */
  static HeldStep prepare(
      GuestDomain domain,
      Capture capture,
      PhaseClock clock,
      SwitchoverStep step,
      PhaseLimits limits)
      throws TeeException {
    capture.hold(limits.of(CapturePhase.DISK_SWITCH));
    HeldStep held = new HeldStep(domain, capture, clock, step, limits.reading());
    held.thread.start();
    return held;
  }

  /**
   * Waits until nothing of it is under way any more. A call to libvirt may still be when the guest
   * has long been let go; it ends with libvirt's answer or with its keep-alive, and uses the domain
   * until then, so that not even an interrupt ends the waiting.
   */
  void awaitEnd() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  Optional<HypervisorException> failure() {
    return failure;
  }

  private void run() {
    try {
      capture.awaitHeld(patience);
    } catch (TeeException e) {
      // The stream never came to its end: its reader says why.
      return;
    }
    clock.reach(CapturePhase.DISK_SWITCH);
    try {
      if (domain.isInJob()) {
        // The switch would wait for it, and the guest with it.
        throw Preconditions.busy(domain, "libvirt saves, dumps or migrates it");
      }
      step.run();
      capture.release();
    } catch (HypervisorException e) {
      giveUp(e);
    } catch (LibvirtFailure e) {
      giveUp(Failures.of(Reason.CAPTURE_FAILED, e));
    } catch (RuntimeException e) {
      giveUp(new HypervisorException(Reason.CAPTURE_FAILED, "the step in the pause failed", e));
    }
  }

  private void giveUp(HypervisorException why) {
    failure = Optional.of(clock.locate(why));
    capture.cancel();
  }
}
