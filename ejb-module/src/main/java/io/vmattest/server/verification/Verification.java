// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.verification;

import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.report.Digest;
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
 */
public record Verification(
    UUID id,
    UUID vm,
    Verdict verdict,
    Optional<Digest> baseline,
    Optional<Digest> report,
    Instant at,
    List<Discrepancy> discrepancies,
    long differingPages) {
  public Verification {
    discrepancies = List.copyOf(discrepancies);
  }
}
