// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.result;

import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.core.evidence.KeyEvidenceException;
import io.vmattest.core.guest.GuestState;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.result.Checked;
import io.vmattest.core.result.VmResult.ReportName;
import io.vmattest.server.ledger.StoredReport;
import java.util.Optional;
import java.util.Set;

/** What a verdict on an appended report rests on: it was verified before it was appended. */
public final class ReportStanding {
  private static final String HARDWARE = "tpm";

  private ReportStanding() {}

  /**
   * What was checked of a report.
   *
   * @param components names of those that were compared
   * @param guest what was seen inside, where that was appraised
   */
  public static Checked of(
      StoredReport report, Set<String> components, Optional<GuestState> guest) {
    boolean kernelCode =
        guest.isPresent()
            && guest.get() instanceof GuestState.Seen seen
            && !seen.kernel().reference().isEmpty();
    return new Checked(true, isHardware(report.signed()), components, kernelCode);
  }

  /** How a result names it. */
  public static ReportName name(StoredReport report) {
    return new ReportName(report.digest(), report.report().sequence());
  }

  private static boolean isHardware(SignedReport report) {
    try {
      Optional<byte[]> evidence = report.keyEvidence();
      return evidence.isPresent() && KeyEvidence.parse(evidence.get()).device().equals(HARDWARE);
    } catch (KeyEvidenceException e) {
      return false;
    }
  }
}
