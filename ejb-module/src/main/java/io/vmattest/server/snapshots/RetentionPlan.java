// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.server.policy.Retention;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which snapshots a policy wants gone, the oldest first. Pinned ones count and stay; so does one
 * whose report cannot be read, for nobody knows what it is. The newest goes by age alone.
 */
final class RetentionPlan {
  private final Retention retention;
  private final Instant now;

  RetentionPlan(Retention retention, Instant now) {
    this.retention = retention;
    this.now = now;
  }

  /**
   * Those that are too old or too many.
   *
   * @param snapshots oldest first
   */
  Map<Snapshot, DropReason> byAgeAndCount(List<Snapshot> snapshots) {
    Map<Snapshot, DropReason> doomed = new LinkedHashMap<>();
    snapshots.stream()
        .filter(RetentionPlan::mayGo)
        .filter(this::isTooOld)
        .forEach(s -> doomed.put(s, DropReason.AGE));
    long most = retention.snapshots().orElse(Long.MAX_VALUE);
    allButNewest(snapshots).stream()
        .filter(RetentionPlan::mayGo)
        .filter(s -> !doomed.containsKey(s))
        .limit(Math.max(0, snapshots.size() - doomed.size() - most))
        .forEach(s -> doomed.put(s, DropReason.COUNT));
    return doomed;
  }

  /**
   * The next to go if all together take too much.
   *
   * @param snapshots that are left, oldest first
   */
  Optional<Snapshot> byBytes(List<Snapshot> snapshots, long bytes) {
    if (retention.bytes().filter(most -> bytes > most).isEmpty()) {
      return Optional.empty();
    }
    return allButNewest(snapshots).stream().filter(RetentionPlan::mayGo).findFirst();
  }

  private static boolean mayGo(Snapshot snapshot) {
    return !snapshot.isPinned() && snapshot.report().isPresent();
  }

  private boolean isTooOld(Snapshot snapshot) {
    return retention.age().filter(age -> snapshot.at().plus(age).isBefore(now)).isPresent();
  }

  private static List<Snapshot> allButNewest(List<Snapshot> snapshots) {
    return snapshots.subList(0, Math.max(0, snapshots.size() - 1));
  }
}
