// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.appraisal.PageDifferences;
import io.vmattest.server.ledger.StoredReport;
import java.util.List;

/**
 * Where two states of a VM differ.
 *
 * @param pages the runs may be fewer than there are
 * @param others what differs beside the memory
 */
public record SnapshotDifferences(
    StoredReport first, StoredReport second, PageDifferences pages, List<Discrepancy> others) {
  public SnapshotDifferences {
    others = List.copyOf(others);
  }

  /** Whether there are more runs than are listed. */
  public boolean isTruncated() {
    return pages.runs().stream().mapToLong(run -> run.pages()).sum() < pages.totalPages();
  }
}
