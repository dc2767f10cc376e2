// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import java.util.List;

/**
 * What comparing two reports gave.
 *
 * @param verdict VERIFIED or DISCREPANT
 * @param discrepancies empty exactly if VERIFIED
 */
public record AppraisalResult(Verdict verdict, List<Discrepancy> discrepancies) {
  public AppraisalResult {
    discrepancies = List.copyOf(discrepancies);
  }
}
