// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.bundle.CaseRejectedException.Reason;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.result.SignedResult;
import io.vmattest.core.result.VmResult;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.util.Optional;

/** That a bundle's parts belong together, as the case's entry of the ledger says. */
final class CaseLinks {
  private final CaseContents contents;

  private CaseLinks(CaseContents contents) {
    this.contents = contents;
  }

  /**
   * @throws CaseRejectedException OTHER_CASE, OTHER_VM, OTHER_REPORT, OTHER_VERDICT,
   *     PART_INCOMPLETE
   */
  static void require(CaseContents contents) throws CaseRejectedException {
    CaseLinks links = new CaseLinks(contents);
    links.requireCase();
    links.requireVm();
    switch (contents.manifest().outcome()) {
      case CaseManifest.ROLLBACK -> links.requireSuccess();
      case CaseManifest.ROLLBACK_FAILED -> links.requireFailure();
      default -> links.requireFinding();
    }
    links.requireDifferences();
    links.requireCore();
  }

  private void requireSuccess() throws CaseRejectedException {
    requireReport(CasePart.BASELINE, "report");
    requireReport(CasePart.SUSPECT, "suspect");
    requireReport(CasePart.RESTORED, "restored");
    requireVerdict();
    requireDiscrepancies();
  }

  /** It may have failed before the suspect was captured, or before anything was measured again. */
  private void requireFailure() throws CaseRejectedException {
    requireReport(CasePart.BASELINE, "report");
    requireReportIfNamed(CasePart.SUSPECT, "suspect");
    requireReportIfNamed(CasePart.RESTORED, "restored");
    requireAbsent(CasePart.VERDICT);
    requireDiscrepancies();
  }

  /** The verdict alone, which names both reports. */
  private void requireFinding() throws CaseRejectedException {
    requireAbsent(CasePart.CASE);
    requireAbsent(CasePart.SUSPECT);
    requireAbsent(CasePart.RESTORED);
    requireAbsent(CasePart.VERDICT);
    requireDiscrepancies();
    require(
        result(CasePart.DISCREPANCIES).baseline().equals(Optional.of(digest(CasePart.BASELINE))),
        Reason.OTHER_REPORT,
        CasePart.BASELINE.body(),
        "The discrepancies are from another report.");
  }

  private void requireCase() throws CaseRejectedException {
    CaseManifest manifest = contents.manifest();
    LedgerEntryData entry = entry(contents, manifest.subject());
    require(
        entry.index() == manifest.index()
            && entry.hash().equals(manifest.entry())
            && isOutcome(manifest.outcome()),
        Reason.OTHER_CASE,
        manifest.subject().entry(),
        "The entry is not the case that the manifest names.");
  }

  private boolean isOutcome(String outcome) {
    return switch (outcome) {
      case CaseManifest.ROLLBACK, CaseManifest.ROLLBACK_FAILED -> named("outcome").equals(outcome);
      default -> outcome.equals(CaseManifest.DISCREPANT);
    };
  }

  private void requireVm() throws CaseRejectedException {
    for (var part : contents.entries().entrySet()) {
      require(
          part.getValue().vm().equals(Optional.of(contents.manifest().vm())),
          Reason.OTHER_VM,
          part.getKey().entry(),
          "The entry is about another VM.");
      require(
          part.getKey() == contents.manifest().subject()
              || part.getValue().index() < contents.manifest().index(),
          Reason.OTHER_CASE,
          part.getKey().entry(),
          "The entry was appended after the case.");
    }
  }

  private void requireReport(CasePart part, String member) throws CaseRejectedException {
    require(
        report(contents, part).digest().hex().equals(named(member)),
        Reason.OTHER_REPORT,
        part.body(),
        "The case's entry names another report as its " + member + ".");
  }

  private void requireReportIfNamed(CasePart part, String member) throws CaseRejectedException {
    if (named(member).isEmpty()) {
      requireAbsent(part);
    } else {
      requireReport(part, member);
    }
  }

  /** A member of the rollback's entry; empty if it has none. */
  private String named(String member) {
    return contents.rollback().map(rollback -> text(rollback, member)).orElse("");
  }

  private void requireVerdict() throws CaseRejectedException {
    VmResult verdict = result(CasePart.VERDICT);
    requireVerdict(CasePart.VERDICT, verdict, Verdict.VERIFIED);
    require(
        names(verdict, CasePart.RESTORED)
            && verdict.baseline().equals(Optional.of(digest(CasePart.BASELINE))),
        Reason.OTHER_REPORT,
        CasePart.VERDICT.body(),
        "The verdict is on other reports than restored and baseline.");
  }

  private void requireDiscrepancies() throws CaseRejectedException {
    if (!contents.results().containsKey(CasePart.DISCREPANCIES)) {
      requireAbsent(CasePart.OBSERVED);
      return;
    }
    VmResult found = result(CasePart.DISCREPANCIES);
    requireVerdict(CasePart.DISCREPANCIES, found, Verdict.DISCREPANT);
    require(
        names(found, CasePart.OBSERVED),
        Reason.OTHER_REPORT,
        CasePart.OBSERVED.body(),
        "The discrepancies were found in another report.");
  }

  private static void requireVerdict(CasePart part, VmResult result, Verdict wanted)
      throws CaseRejectedException {
    require(
        result.verdict() == wanted,
        Reason.OTHER_VERDICT,
        part.body(),
        "The result says " + result.verdict() + ".");
  }

  private void requireDifferences() throws CaseRejectedException {
    if (contents.differences().isPresent()) {
      JsonObject found = contents.differences().get();
      require(
          isState(found, "first", contents.manifest().state())
              && isState(found, "second", CasePart.BASELINE),
          Reason.OTHER_REPORT,
          CaseFile.DIFFERENCES,
          "The differences are not those of the state in question from the baseline.");
    }
  }

  private void requireCore() throws CaseRejectedException {
    if (contents.manifest().hasCore()) {
      report(contents, contents.manifest().state());
    }
  }

  private boolean isState(JsonObject found, String member, CasePart part)
      throws CaseRejectedException {
    return found.get(member) instanceof JsonObject state
        && text(state, "report").equals(digest(part).hex());
  }

  private void requireAbsent(CasePart part) throws CaseRejectedException {
    require(
        !contents.entries().containsKey(part),
        Reason.OTHER_CASE,
        part.body(),
        "The case has no such part.");
  }

  private boolean names(VmResult result, CasePart part) throws CaseRejectedException {
    Digest digest = digest(part);
    return result.report().filter(name -> name.digest().equals(digest)).isPresent();
  }

  private Digest digest(CasePart part) throws CaseRejectedException {
    return report(contents, part).digest();
  }

  private VmResult result(CasePart part) throws CaseRejectedException {
    SignedResult result = contents.results().get(part);
    if (result == null) {
      throw missing(part);
    }
    return result.result().vm();
  }

  static SignedReport report(CaseContents contents, CasePart part) throws CaseRejectedException {
    SignedReport report = contents.reports().get(part);
    if (report == null) {
      throw missing(part);
    }
    return report;
  }

  static LedgerEntryData entry(CaseContents contents, CasePart part) throws CaseRejectedException {
    LedgerEntryData entry = contents.entries().get(part);
    if (entry == null) {
      throw missing(part);
    }
    return entry;
  }

  private static CaseRejectedException missing(CasePart part) {
    return new CaseRejectedException(
        Reason.PART_INCOMPLETE, part.body(), "The case lacks " + part.body() + ".");
  }

  private static String text(JsonObject json, String member) {
    return json.get(member) instanceof JsonString text ? text.getString() : "";
  }

  private static void require(boolean holds, Reason reason, String file, String otherwise)
      throws CaseRejectedException {
    if (!holds) {
      throw new CaseRejectedException(reason, file, otherwise);
    }
  }
}
