// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A kept snapshot.
 *
 * @param at when it was captured; when it was kept, if there is no report to tell
 * @param report that attests it, as it lies beside it, unchecked; empty if it cannot be read
 * @param disks targets of the disks that were frozen with it
 * @param pins why it may not be dropped; empty if it may
 */
public record Snapshot(
    Digest digest, Instant at, Optional<SignedReport> report, List<String> disks, Set<Pin> pins) {
  private static final String SUSPECT = "suspect";

  public Snapshot {
    disks = List.copyOf(disks);
    pins = Set.copyOf(pins);
  }

  public boolean isPinned() {
    return !pins.isEmpty();
  }

  /** Whether it is what a rollback replaced. */
  boolean isSuspect() {
    return report.filter(r -> r.report().trigger().equals(SUSPECT)).isPresent();
  }

  Snapshot with(Set<Pin> other) {
    return new Snapshot(digest, at, report, disks, other);
  }
}
