// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.report.Digest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Our own claims of a result, {@code vm-result} of docs/result-format.cddl.
 *
 * @param id of this appraisal
 * @param at when it was made, to the millisecond
 * @param reason one sentence, for people
 * @param baseline digest of the report that the VM was compared with
 * @param report the fresh one
 * @param components names of those that were compared
 * @param differingPages how many pages differ, named or not
 * @param found how many discrepancies there are, named or not
 * @param discrepancies those that are named, with their texts cut where they are long
 */
public record VmResult(
    UUID id,
    UUID vm,
    Verdict verdict,
    Instant at,
    String reason,
    Optional<Digest> baseline,
    Optional<ReportName> report,
    List<String> components,
    long differingPages,
    long found,
    List<Discrepancy> discrepancies) {
  /**
   * A report of the VM's.
   *
   * @param sequence its number
   */
  public record ReportName(Digest digest, long sequence) {}

  public VmResult {
    // What is signed must be what is read again.
    at = at.truncatedTo(ChronoUnit.MILLIS);
    components = List.copyOf(components);
    discrepancies = List.copyOf(discrepancies);
  }
}
