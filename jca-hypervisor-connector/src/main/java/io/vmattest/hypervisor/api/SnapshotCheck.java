// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import io.vmattest.core.report.Digest;
import java.util.List;
import java.util.Optional;

/**
 * What a check of all snapshots of a VM found, byte by byte.
 *
 * @param unneededBytes of files that no snapshot needs; 0 if that cannot be told
 * @param unfinished folders that a capture or a removal left behind
 * @param reclaimedBytes of pages that a repair gave back
 * @param notRepaired why leftovers stay that were to be removed
 */
public record SnapshotCheck(
    List<Checked> snapshots,
    long unneededBytes,
    int unfinished,
    long reclaimedBytes,
    Optional<String> notRepaired) {
  public SnapshotCheck {
    snapshots = List.copyOf(snapshots);
  }

  /**
   * One snapshot.
   *
   * @param report digest of the report beside it, which attests it; empty if there is none
   * @param damage why it cannot be restored; empty if it can
   */
  public record Checked(Digest snapshot, Optional<Digest> report, Optional<String> damage) {}
}
