// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.attestation;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * One capture or rollback of a VM at a time. Who comes second is told so at once, unless his is the
 * more urgent work: then he waits for the end of the other's.
 */
@ApplicationScoped
public class CaptureGuard {
  private final Map<UUID, Urgency> busy = new HashMap<>();

  /** What waits for the end of what: each for those before it, none for its like. */
  public enum Urgency {
    /** Nobody waits for it; another will come. */
    BACKGROUND(Duration.ZERO),
    /** Somebody waits for the answer. */
    ASKED_FOR(Duration.ofSeconds(30)),
    /** It must not be lost to a capture that came first, however long that may take. */
    ROLLBACK(Duration.ofMinutes(35));

    private final Duration longestWait;

    Urgency(Duration longestWait) {
      this.longestWait = longestWait;
    }
  }

  /**
   * Does the work while nobody else works on the VM.
   *
   * @throws ServiceException with CAPTURE_IN_PROGRESS
   */
  public <T> T alone(UUID vm, Urgency urgency, Supplier<T> work) {
    enter(vm, urgency);
    try {
      return work.get();
    } finally {
      leave(vm);
    }
  }

  private void enter(UUID vm, Urgency urgency) {
    long deadline = System.nanoTime() + urgency.longestWait.toNanos();
    synchronized (busy) {
      Urgency first = busy.get(vm);
      while (first != null && first.compareTo(urgency) < 0) {
        await(deadline);
        first = busy.get(vm);
      }
      if (busy.putIfAbsent(vm, urgency) != null) {
        throw inProgress();
      }
    }
  }

  private void leave(UUID vm) {
    synchronized (busy) {
      busy.remove(vm);
      busy.notifyAll();
    }
  }

  /** Waits for a change; the caller holds the lock. */
  private void await(long deadline) {
    long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
    if (millis <= 0) {
      throw inProgress();
    }
    try {
      busy.wait(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw inProgress();
    }
  }

  private static ServiceException inProgress() {
    return new ServiceException(
        Problem.CAPTURE_IN_PROGRESS, "the VM is being captured or rolled back already");
  }
}
