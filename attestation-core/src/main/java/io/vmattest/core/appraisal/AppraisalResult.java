// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import java.util.List;
import java.util.Set;

/**
 * What comparing two reports gave.
 *
 * @param verdict VERIFIED or DISCREPANT
 * @param discrepancies none of them CRITICAL exactly if VERIFIED
 * @param components names of those that were compared as the policy wants
 */
public record AppraisalResult(
    Verdict verdict, List<Discrepancy> discrepancies, Set<String> components) {
  public AppraisalResult {
    components = Set.copyOf(components);
    discrepancies = List.copyOf(discrepancies);
  }

  /** What such differences amount to: what is open to doubt alone condemns nothing. */
  static AppraisalResult of(List<Discrepancy> discrepancies, Set<String> components) {
    boolean critical = discrepancies.stream().anyMatch(d -> d.severity() == Severity.CRITICAL);
    return new AppraisalResult(
        critical ? Verdict.DISCREPANT : Verdict.VERIFIED, discrepancies, components);
  }
}
