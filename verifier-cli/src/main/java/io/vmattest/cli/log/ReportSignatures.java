// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.log;

import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.ledger.ReportCheck;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.verification.Claim;
import io.vmattest.core.verification.Expectations;
import io.vmattest.core.verification.ReportVerification;
import io.vmattest.core.verification.ReportVerifier;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Verifies each report as far as it can be without its server: its signature by the key that its
 * evidence names, the digests, and the evidence and the enrolment where anchors are given, at the
 * time at which it was recorded. Not thread-safe.
 */
public final class ReportSignatures implements ReportCheck {
  private final TrustAnchors anchors;
  private long reports;
  private long signed;
  private long endorsed;

  public ReportSignatures(TrustAnchors anchors) {
    this.anchors = anchors;
  }

  @Override
  public Optional<String> fault(LedgerEntryData entry, SignedReport report) {
    ReportVerification verification =
        ReportVerifier.verify(report, anchors, Expectations.NONE, entry.at());
    reports++;
    signed += holds(verification, Claim.Subject.SIGNATURE);
    endorsed += holds(verification, Claim.Subject.KEY_EVIDENCE);
    String fails =
        verification.claims().stream()
            .filter(Claim.Fails.class::isInstance)
            .map(Claim::sentence)
            .collect(Collectors.joining(" "));
    return fails.isEmpty() ? Optional.empty() : Optional.of(fails);
  }

  private static int holds(ReportVerification verification, Claim.Subject subject) {
    return verification.claims().stream()
            .anyMatch(claim -> claim.subject() == subject && claim instanceof Claim.Holds)
        ? 1
        : 0;
  }

  /** Reports that were looked at. */
  public long reports() {
    return reports;
  }

  /** Those that the key of their own evidence signed. */
  public long signed() {
    return signed;
  }

  /** Those whose key a given root endorses. */
  public long endorsed() {
    return endorsed;
  }
}
