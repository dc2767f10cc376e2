// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.cases;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.appraisal.PageDifferences;
import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.bundle.CaseBundle;
import io.vmattest.core.bundle.CaseClaim;
import io.vmattest.core.bundle.CaseContents;
import io.vmattest.core.bundle.CaseFile;
import io.vmattest.core.bundle.CasePart;
import io.vmattest.core.bundle.CaseRejectedException;
import io.vmattest.core.bundle.CaseTrust;
import io.vmattest.core.bundle.CaseVerification;
import io.vmattest.core.bundle.CaseVerifier;
import io.vmattest.core.bundle.SignedManifest;
import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.result.Checked;
import io.vmattest.core.result.VmResult;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.server.ledger.ReportLedger;
import io.vmattest.server.ledger.Reports;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.snapshots.SnapshotComparison;
import io.vmattest.server.snapshots.SnapshotDifferences;
import io.vmattest.server.snapshots.SnapshotExport;
import io.vmattest.server.testing.StandInResultSigners;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Cases of a real ledger, whose bundles are verified as anybody does who trusts its keys. */
@Timeout(120)
class CaseBundlesTest {
  private static final UUID VM = ReportMaker.VM;
  private static final CaseFile CORE = CaseFile.core(4096, Digest.sha256(new byte[4096]));

  private final ReportLedger ledger = new ReportLedger();
  private final StandInResultSigners signers = new StandInResultSigners();
  private final SignedReport baseline = ledger.append();
  private final SignedReport observed = ledger.append();
  private Optional<Problem> notCompared = Optional.empty();
  private Optional<SignedReport> compared = Optional.empty();

  @AfterEach
  void close() {
    ledger.close();
  }

  private long verdict(Verdict verdict, SignedReport on) {
    VmResult result =
        new VmResult(
            UUID.randomUUID(),
            VM,
            verdict,
            Instant.EPOCH,
            "why",
            Optional.of(baseline.digest()),
            Optional.of(new VmResult.ReportName(on.digest(), on.report().sequence())),
            List.of("config"),
            0,
            0,
            List.of());
    byte[] body =
        signers.issuer().issue(result, Checked.NOTHING, List.of(), Optional.empty()).encoded();
    return append(LedgerEntryData.Type.VERDICT, body, verdict + ": why");
  }

  private long rollback(String outcome, String reports) {
    String body =
        "{\"outcome\":\"%s\",\"report\":\"%s\"%s}"
            .formatted(outcome, baseline.digest().hex(), reports);
    return append(LedgerEntryData.Type.ROLLBACK, body.getBytes(UTF_8), outcome);
  }

  private static String member(String name, SignedReport report) {
    return ",\"%s\":\"%s\"".formatted(name, report.digest().hex());
  }

  private long append(LedgerEntryData.Type type, byte[] body, String summary) {
    return ledger.read(
        em -> ledger.ledger(em).append(type, Optional.of(VM), body, summary).data().index());
  }

  private <T> T in(Function<CaseBundles, T> work) {
    return ledger.read(
        em -> {
          CaseBundles bundles = new CaseBundles();
          bundles.ledger = ledger.ledger(em);
          bundles.reports = ledger.reports(em);
          bundles.proofs = ledger.proofs(em);
          bundles.signers = signers;
          bundles.cases = new Cases();
          bundles.cases.ledger = bundles.ledger;
          bundles.results = new CaseResults();
          bundles.results.ledger = bundles.ledger;
          bundles.comparison = new Comparison(bundles.reports);
          bundles.export = new Export();
          return work.apply(bundles);
        });
  }

  /** Of two snapshots that are the same, or cannot be compared. */
  private final class Comparison extends SnapshotComparison {
    private final Reports reports;

    Comparison(Reports reports) {
      this.reports = reports;
    }

    @Override
    public SnapshotDifferences compare(UUID vm, Digest first, Digest second, int limit) {
      notCompared.ifPresent(
          problem -> {
            throw new ServiceException(problem, "of a test");
          });
      StoredReport found = reports.get(compared.orElse(baseline).digest());
      return new SnapshotDifferences(
          found, reports.get(baseline.digest()), PageDifferences.NONE, List.of());
    }
  }

  private static final class Export extends SnapshotExport {
    @Override
    public CaseFile measure(UUID vm, Digest snapshot) {
      return CORE;
    }
  }

  private CaseContents verified(CaseBundle bundle) {
    CaseVerification verification =
        CaseVerifier.verify(
            bundle,
            new CaseTrust(
                signers.keys(),
                ledger.logKeys(),
                new TrustAnchors(List.of(), List.of(), List.of()),
                Optional.empty(),
                Optional.empty()));
    assertEquals(Optional.empty(), verification.failure().map(CaseClaim.Fails::sentence));
    return verification.contents().orElseThrow();
  }

  private CaseContents exported(long index) {
    ledger.sign();
    return verified(in(bundles -> bundles.bundle(index)));
  }

  private static void assertRefused(Problem problem, Executable call) {
    assertEquals(problem, assertThrows(ServiceException.class, call).problem());
  }

  @Test
  void aRollbackIsShownWithAllThatLedToItAndCameOfIt() {
    verdict(Verdict.DISCREPANT, observed);
    SignedReport suspect = ledger.append();
    SignedReport restored = ledger.append();
    verdict(Verdict.VERIFIED, restored);
    compared = Optional.of(suspect);
    long index = rollback("ROLLBACK", member("suspect", suspect) + member("restored", restored));
    CaseContents contents = exported(index);
    assertEquals(Set.of(CasePart.values()), contents.entries().keySet());
    assertTrue(contents.differences().isPresent());
  }

  @Test
  void whatAFailedRollbackCapturedIsInItsBundle() {
    verdict(Verdict.DISCREPANT, observed);
    SignedReport suspect = ledger.append();
    compared = Optional.of(suspect);
    CaseContents contents = exported(rollback("ROLLBACK_FAILED", member("suspect", suspect)));
    assertEquals(
        Set.of(CasePart.BASELINE, CasePart.OBSERVED, CasePart.SUSPECT),
        contents.reports().keySet());
    assertTrue(contents.differences().isPresent());
  }

  @Test
  void aRollbackThatFailedBeforeItCapturedAnythingHasNoMemory() {
    long index = rollback("ROLLBACK_FAILED", "");
    assertEquals(Set.of(CasePart.BASELINE), exported(index).reports().keySet());
    assertRefused(Problem.NO_SUCH_SNAPSHOT, () -> in(bundles -> bundles.bundleWithCore(index)));
  }

  @Test
  void aVerdictWithDiscrepanciesIsACaseAndAnotherIsNone() {
    long found = verdict(Verdict.DISCREPANT, observed);
    long fine = verdict(Verdict.VERIFIED, observed);
    long begun = rollback("ROLLBACK_STARTED", "");
    compared = Optional.of(observed);
    CaseContents contents = exported(found);
    assertEquals(Set.of(CasePart.BASELINE, CasePart.OBSERVED), contents.reports().keySet());
    assertTrue(contents.differences().isPresent());
    for (long index : List.of(fine, begun, 0L, 1000L)) {
      assertRefused(Problem.NO_SUCH_ENTRY, () -> in(bundles -> bundles.bundle(index)));
    }
  }

  @Test
  void theMemoryOfTheStateInQuestionIsListed() throws Exception {
    long found = verdict(Verdict.DISCREPANT, observed);
    ledger.sign();
    CaseBundle bundle = in(bundles -> bundles.bundleWithCore(found));
    verified(bundle);
    assertTrue(files(bundle).contains(CORE));
  }

  private static List<CaseFile> files(CaseBundle bundle) throws CaseRejectedException {
    return SignedManifest.unverified(bundle.manifest()).files();
  }

  @ParameterizedTest
  @EnumSource(names = {"NO_SUCH_SNAPSHOT", "SNAPSHOT_DAMAGED", "HOST_UNAVAILABLE", "NO_SUCH_VM"})
  void withoutTheSnapshotsThereIsABundleAllTheSame(Problem problem) {
    notCompared = Optional.of(problem);
    long found = verdict(Verdict.DISCREPANT, observed);
    assertEquals(Optional.empty(), exported(found).differences());
  }

  @Test
  void aLedgerThatIsDamagedIsNotPassedOver() {
    notCompared = Optional.of(Problem.LEDGER_DAMAGED);
    long found = verdict(Verdict.DISCREPANT, observed);
    ledger.sign();
    assertRefused(Problem.LEDGER_DAMAGED, () -> in(bundles -> bundles.bundle(found)));
  }

  @Test
  void differencesOfTheSameSnapshotByAnotherReportAreLeftOut() {
    compared = Optional.of(ledger.append());
    long found = verdict(Verdict.DISCREPANT, observed);
    assertEquals(Optional.empty(), exported(found).differences());
  }

  @Test
  void beforeACheckpointCoversItThereIsNoBundle() {
    long found = verdict(Verdict.DISCREPANT, observed);
    assertRefused(Problem.NO_SUCH_ENTRY, () -> in(bundles -> bundles.bundle(found)));
  }

  @Test
  void rollbacksAndFindingsAreListedTheLastFirst() {
    long first = verdict(Verdict.DISCREPANT, observed);
    verdict(Verdict.VERIFIED, observed);
    long second = verdict(Verdict.DISCREPANT, observed);
    long failed = rollback("ROLLBACK_FAILED", "");
    rollback("ROLLBACK_STARTED", "");
    assertEquals(List.of(second, first), indexes(cases -> cases.findings(Optional.empty(), 10)));
    assertEquals(List.of(second), indexes(cases -> cases.findings(Optional.of(VM), 1)));
    assertEquals(List.of(), indexes(cases -> cases.findings(Optional.of(UUID.randomUUID()), 10)));
    assertEquals(List.of(failed), indexes(cases -> cases.list(Optional.of(VM), 10)));
  }

  private List<Long> indexes(Function<Cases, List<Case>> listing) {
    return in(bundles -> listing.apply(bundles.cases).stream().map(Case::index).toList());
  }
}
