// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Gives a capture up when one of its phases takes too long, from a thread that waits for neither
 * libvirt nor QEMU.
 */
final class PhaseGuard implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(50);

  private final PhaseClock clock;
  private final Runnable giveUp;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "vmattest-capture-deadline");
  private volatile Optional<HypervisorException> failure = Optional.empty();

  private PhaseGuard(PhaseClock clock, Runnable giveUp) {
    this.clock = clock;
    this.giveUp = giveUp;
    thread.setDaemon(true);
  }

  /**
   * @param giveUp must not block; is run at most once
   */
  static PhaseGuard over(PhaseClock clock, Runnable giveUp) {
    PhaseGuard guard = new PhaseGuard(clock, giveUp);
    guard.thread.start();
    return guard;
  }

  /** Why the capture was given up; empty if it was not. */
  Optional<HypervisorException> failure() {
    return failure;
  }

  boolean isWatching() {
    return thread.isAlive();
  }

  private void run() {
    try {
      // Later there is nothing to give up: the guest runs, or is about to by itself.
      while (!closed.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)
          && clock.phase().compareTo(CapturePhase.RESUMPTION) < 0) {
        Optional<HypervisorException> overdue = clock.overdue();
        if (overdue.isPresent()) {
          failure = overdue.map(clock::locate);
          giveUp.run();
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
