// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Until when a branch may be prepared (JTA 2.0, 3.4.8). */
final class Expiry {
  private int seconds;
  private Optional<Long> deadline = Optional.empty();

  /** Of the branches that begin from now on; 0 is no limit. */
  synchronized void set(int limitSeconds) {
    seconds = limitSeconds;
  }

  synchronized int seconds() {
    return seconds;
  }

  /**
   * @param anew whether the branch begins; one that is resumed keeps its deadline
   */
  synchronized void begin(boolean anew) {
    if (anew) {
      deadline =
          seconds == 0
              ? Optional.empty()
              : Optional.of(System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds));
    }
  }

  synchronized boolean isOver() {
    return deadline.filter(end -> System.nanoTime() - end > 0).isPresent();
  }
}
