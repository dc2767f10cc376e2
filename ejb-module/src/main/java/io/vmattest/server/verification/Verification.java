// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.verification;

import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.report.Digest;
import io.vmattest.core.result.Checked;
import io.vmattest.core.result.VmResult;
import io.vmattest.core.result.VmResult.ReportName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What comparing a VM with its baseline gave.
 *
 * @param baseline empty if the VM has none
 * @param report the fresh one
 * @param differingPages how many pages differ, named or not
 * @param checked what the verdict rests on
 * @param policy digest of the JSON of the policy that was applied
 */
public record Verification(
    UUID id,
    UUID vm,
    Verdict verdict,
    Optional<Digest> baseline,
    Optional<ReportName> report,
    Instant at,
    List<Discrepancy> discrepancies,
    long differingPages,
    Checked checked,
    Optional<Digest> policy) {
  public Verification {
    discrepancies = List.copyOf(discrepancies);
  }

  /** As a result says it. */
  VmResult result(String reason) {
    return new VmResult(
        id,
        vm,
        verdict,
        at,
        reason,
        baseline,
        report,
        List.copyOf(checked.components()),
        differingPages,
        discrepancies.size(),
        discrepancies);
  }
}
