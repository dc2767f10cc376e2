// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import java.util.List;

/**
 * What comparing two reports gave.
 *
 * @param verdict VERIFIED or DISCREPANT
 * @param discrepancies none of them CRITICAL exactly if VERIFIED
 */
public record AppraisalResult(Verdict verdict, List<Discrepancy> discrepancies) {
  public AppraisalResult {
    discrepancies = List.copyOf(discrepancies);
  }

  /** What such differences amount to: what is open to doubt alone condemns nothing. */
  static AppraisalResult of(List<Discrepancy> discrepancies) {
    boolean critical = discrepancies.stream().anyMatch(d -> d.severity() == Severity.CRITICAL);
    return new AppraisalResult(critical ? Verdict.DISCREPANT : Verdict.VERIFIED, discrepancies);
  }
}
