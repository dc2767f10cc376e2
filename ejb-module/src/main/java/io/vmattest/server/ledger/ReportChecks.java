// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.guest.GuestFinding;
import io.vmattest.core.guest.GuestState;
import io.vmattest.core.guest.MalformedGuestDocumentException;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.report.StateComponent;
import io.vmattest.core.verification.ReportNotVerifiedException;
import io.vmattest.server.trust.ServerTrust;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/** What a report must stand before it is appended. */
@ApplicationScoped
public class ReportChecks {
  @Inject ServerTrust trust;
  @Inject Clock clock;

  static SignedReport parse(byte[] cose) throws ReportRejectedException {
    try {
      return SignedReport.parse(cose);
    } catch (MalformedReportException e) {
      throw new ReportRejectedException("not a signed report: " + e.getMessage(), e);
    }
  }

  /**
   * All that can be checked without the ledger: the form, what {@link #verify} checks, and what
   * came beside.
   *
   * @throws ReportRejectedException if it can never be appended
   */
  public CheckedReport check(IncomingReport incoming) throws ReportRejectedException {
    SignedReport signed = parse(incoming.cose());
    Digest config = verify(signed, incoming.canonicalConfig(), clock.instant());
    requireNamed(signed, incoming.guest());
    return new CheckedReport(incoming, signed, config);
  }

  /**
   * The document must be the one that the report names, and readable, and prove its pages.
   *
   * @throws ReportRejectedException if it is another, or one of both is absent
   */
  static void requireNamed(SignedReport signed, Optional<GuestDocument> guest)
      throws ReportRejectedException {
    Optional<Digest> claimed =
        signed.report().component(GuestDocument.COMPONENT).map(StateComponent::digest);
    if (!claimed.equals(guest.map(GuestDocument::digest))) {
      throw new ReportRejectedException("what was seen of the guest is not what the report names");
    }
    try {
      if (guest.isPresent()) {
        requireProven(signed.report(), guest.get().state());
      }
    } catch (MalformedGuestDocumentException e) {
      throw new ReportRejectedException("what was seen of the guest: " + e.getMessage(), e);
    }
  }

  private static void requireProven(AttestationReport report, GuestState state)
      throws ReportRejectedException {
    if (state instanceof GuestState.Seen seen
        && !seen.findings().stream()
            .map(GuestFinding::proof)
            .flatMap(Optional::stream)
            .allMatch(proof -> proof.verify(report))) {
      throw new ReportRejectedException(
          "a page that was looked at in the guest is no part of what the report attests");
    }
  }

  /**
   * Signature, key evidence, enrolment, digests, and the configuration that came beside.
   *
   * @param at when certificates must be valid
   * @return digest of the configuration
   */
  Digest verify(SignedReport signed, String canonicalConfig, Instant at)
      throws ReportRejectedException {
    try {
      trust.knownKeys().verifyOrThrow(signed, at);
    } catch (ReportNotVerifiedException e) {
      throw new ReportRejectedException("the report does not verify: " + e.getMessage(), e);
    }
    Digest config = Digest.sha256(canonicalConfig.getBytes(StandardCharsets.UTF_8));
    Optional<Digest> claimed = signed.report().component("config").map(StateComponent::digest);
    if (!claimed.equals(Optional.of(config))) {
      throw new ReportRejectedException("the configuration is not the one that the report names");
    }
    return config;
  }

  /** Why the report is not the one after the last appended, if it is not. */
  static Optional<AppendOutcome> obstacle(AttestationReport report, Optional<VmState> last) {
    long expected = last.map(VmState::lastSequence).orElse(0L) + 1;
    if (report.sequence() > expected) {
      return Optional.of(
          new AppendOutcome.TooEarly(
              "report %d of VM %s came while %d is next"
                  .formatted(report.sequence(), report.vmId(), expected)));
    }
    if (report.sequence() < expected) {
      return Optional.of(
          new AppendOutcome.Refused(
              "the report has number %d where %d is next".formatted(report.sequence(), expected)));
    }
    return report.previous().equals(last.map(VmState::lastDigest))
        ? Optional.empty()
        : Optional.of(
            new AppendOutcome.Refused(
                "the report does not name the VM's last report as its previous"));
  }
}
