// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.bundle.CaseClaim.Step;
import io.vmattest.core.bundle.CaseRejectedException.Reason;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.result.ResultRejectedException;
import io.vmattest.core.verification.Claim;
import io.vmattest.core.verification.Expectations;
import io.vmattest.core.verification.ReportVerification;
import io.vmattest.core.verification.ReportVerifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Verifies a bundle offline, step by step, up to the first one that fails. */
public final class CaseVerifier {
  private final CaseBundle bundle;
  private final CaseTrust trust;
  private final List<CaseClaim> claims = new ArrayList<>();
  private Optional<CaseContents> contents = Optional.empty();
  private Step step = Step.MANIFEST;

  private CaseVerifier(CaseBundle bundle, CaseTrust trust) {
    this.bundle = bundle;
    this.trust = trust;
  }

  /** Takes every step. */
  public static CaseVerification verify(CaseBundle bundle, CaseTrust trust) {
    CaseVerifier verifier = new CaseVerifier(bundle, trust);
    try {
      verifier.verify();
    } catch (CaseRejectedException e) {
      verifier.claims.add(new CaseClaim.Fails(verifier.step, e.reason(), e.file(), e.detail()));
    }
    return new CaseVerification(verifier.claims, verifier.contents);
  }

  private void verify() throws CaseRejectedException {
    CaseManifest manifest = SignedManifest.open(bundle.manifest(), trust.results());
    holds("The manifest is signed by the verifier's key.");
    step = Step.FILES;
    CaseListing.require(manifest, bundle, trust.core());
    checkCore(manifest);
    CaseContents read = CaseContents.read(manifest, bundle);
    contents = Optional.of(read);
    holds("All %d files are those that the manifest lists.".formatted(bundle.files().size()));
    step = Step.REPORTS;
    for (CasePart part : read.reports().keySet()) {
      checkReport(read, part);
    }
    step = Step.RESULTS;
    checkResults(read);
    step = Step.LEDGER;
    CaseProofs.require(read, bundle, trust.log());
    holds("All %d entries are in the ledger.".formatted(read.entries().size()));
    step = Step.LINKS;
    CaseLinks.require(read);
    holds("Reports, results and differences are those of the case's entry.");
    if (manifest.hasCore() && trust.core().isPresent()) {
      checkMemory(read, trust.core().get());
    }
  }

  private void checkCore(CaseManifest manifest) {
    if (manifest.hasCore() && trust.core().isEmpty()) {
      claims.add(
          new CaseClaim.Unchecked(step, "The memory of the state in question is not at hand."));
    }
  }

  private void checkMemory(CaseContents read, CaseCore core) throws CaseRejectedException {
    CasePart state = read.manifest().state();
    if (!core.isOf(CaseLinks.report(read, state).report())) {
      throw new CaseRejectedException(
          Reason.MEMORY_FALSE,
          CaseFile.CORE,
          "Its memory is not what " + state.body() + " attests.");
    }
    holds(
        "%s: each page of its memory is the one that %s attests."
            .formatted(CaseFile.CORE, state.body()));
  }

  private void checkReport(CaseContents read, CasePart part) throws CaseRejectedException {
    SignedReport report = CaseLinks.report(read, part);
    ReportVerification verified =
        ReportVerifier.verify(
            report,
            trust.anchors(),
            Expectations.NONE.withVm(read.manifest().vm()),
            trust.at().orElse(CaseLinks.entry(read, part).at()));
    for (Claim.Fails fails : verified.failures()) {
      throw new CaseRejectedException(
          fails.subject() == Claim.Subject.VM ? Reason.OTHER_VM : Reason.REPORT_FALSE,
          part.body(),
          fails.reason() + ": " + fails.sentence());
    }
    String sentence =
        "%s: report %d of %s, captured %s"
            .formatted(
                part.body(),
                report.report().sequence(),
                report.report().vmName(),
                report.report().capturedAt());
    claims.add(
        verified.outcome() == ReportVerification.Outcome.VERIFIED
            ? new CaseClaim.Holds(step, sentence + ", by an enrolled key of an endorsed TPM.")
            : new CaseClaim.Unchecked(
                step, sentence + ", by a key for which nothing vouches that is trusted here."));
  }

  private void checkResults(CaseContents read) throws CaseRejectedException {
    for (var result : read.results().entrySet()) {
      String name = result.getKey().body();
      try {
        result.getValue().verify(trust.results(), read.manifest().vm());
      } catch (ResultRejectedException e) {
        throw new CaseRejectedException(
            Reason.RESULT_FALSE, name, e.reason() + ": " + e.getMessage(), e);
      }
      holds(
          "%s: %s, signed by the verifier."
              .formatted(name, result.getValue().result().vm().verdict()));
    }
  }

  private void holds(String sentence) {
    claims.add(new CaseClaim.Holds(step, sentence));
  }
}
