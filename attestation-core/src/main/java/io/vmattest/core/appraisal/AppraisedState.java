// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import io.vmattest.core.guest.GuestState;
import io.vmattest.core.report.AttestationReport;
import java.util.Optional;

/**
 * One side of a comparison: a report, and what came beside it.
 *
 * @param config canonical domain XML, to name what differs
 * @param guest what was seen inside the guest; empty if nobody looked
 */
public record AppraisedState(
    AttestationReport report, Optional<String> config, Optional<GuestState> guest) {
  /** A report and nothing else. */
  public static AppraisedState of(AttestationReport report) {
    return new AppraisedState(report, Optional.empty(), Optional.empty());
  }

  /** The same without a look into the guest. */
  public AppraisedState withoutGuest() {
    return new AppraisedState(report, config, Optional.empty());
  }
}
