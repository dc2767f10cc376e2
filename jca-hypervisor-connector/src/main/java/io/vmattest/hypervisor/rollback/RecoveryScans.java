// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How often the transaction manager's recovery has seen a branch in doubt, and left it. A manager
 * that has the branch in its log commits it in the pass that it sees it in, or in the next one; one
 * that knows the branch as its own without a log rolls it back as soon. What it leaves in several
 * passes of one process, it does not know.
 */
final class RecoveryScans {
  /** So many passes are enough: two are over for certain when the third begins. */
  static final int ENOUGH = 3;

  /**
   * Scans that follow sooner are of one pass, in which several resources of ours may be asked; of
   * passes Narayana lets ten seconds go by at least (recoveryBackoffPeriod).
   */
  static final Duration PASS = Duration.ofSeconds(5);

  private record Seen(int passes, Instant last) {}

  private final Clock clock;
  private Map<BranchId, Seen> seen = new HashMap<>();

  RecoveryScans(Clock clock) {
    this.clock = clock;
  }

  /**
   * @param inDoubt all that are; others begin anew, should they come back
   */
  synchronized void scanned(List<BranchId> inDoubt) {
    Instant now = clock.instant();
    Map<BranchId, Seen> next = new HashMap<>();
    for (BranchId id : inDoubt) {
      Seen before = seen.getOrDefault(id, new Seen(0, Instant.EPOCH));
      boolean another = !before.last().plus(PASS).isAfter(now);
      next.put(id, another ? new Seen(before.passes() + 1, now) : before);
    }
    seen = next;
  }

  synchronized boolean isUnclaimed(BranchId id) {
    return seen.getOrDefault(id, new Seen(0, Instant.EPOCH)).passes() >= ENOUGH;
  }
}
