// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import io.vmattest.core.report.SignedReport;
import java.util.Optional;

/** Checks more of a report than its place among the others. */
@FunctionalInterface
public interface ReportCheck {
  /** Checks nothing. */
  ReportCheck NONE = (entry, report) -> Optional.empty();

  /**
   * What does not hold of a report, in one sentence.
   *
   * @param entry whose body it is
   */
  Optional<String> fault(LedgerEntryData entry, SignedReport report);
}
