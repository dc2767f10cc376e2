// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.cases;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vmattest.core.bundle.CaseBundle;
import io.vmattest.core.bundle.CaseFile;
import io.vmattest.core.bundle.CasePart;
import io.vmattest.core.bundle.CaseWriter;
import io.vmattest.core.report.Digest;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerProofs;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.ledger.Reports;
import io.vmattest.server.ledger.ResultSigners;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.snapshots.SnapshotComparison;
import io.vmattest.server.snapshots.SnapshotDifferences;
import io.vmattest.server.snapshots.SnapshotDifferencesJson;
import io.vmattest.server.snapshots.SnapshotExport;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.Set;

/** Puts together what a case is shown by without the server. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class CaseBundles {
  /** Without differences there is a bundle all the same. */
  private static final Set<Problem> NOT_COMPARABLE =
      Set.of(
          Problem.NO_SUCH_SNAPSHOT,
          Problem.NO_SUCH_VM,
          Problem.SNAPSHOT_DAMAGED,
          Problem.HOST_UNAVAILABLE);

  @Inject Cases cases;
  @Inject CaseResults results;
  @Inject Reports reports;
  @Inject Ledger ledger;
  @Inject LedgerProofs proofs;
  @Inject SnapshotComparison comparison;
  @Inject SnapshotExport export;
  @Inject ResultSigners signers;

  /**
   * The bundle of a case, signed in the HSM.
   *
   * @throws ServiceException with NO_SUCH_ENTRY if there is no such case, or no checkpoint covers
   *     it yet; NO_SUCH_REPORT, HSM_UNAVAILABLE, LEDGER_DAMAGED
   */
  public CaseBundle bundle(long index) {
    Case found = cases.get(index);
    return sign(found, write(found));
  }

  /**
   * The same with the memory of the state in question listed: for its digest a core is made, as it
   * will be made for whoever downloads it.
   *
   * @throws ServiceException as above; NO_SUCH_SNAPSHOT if that state's is not kept, or there is no
   *     such state, and as {@link SnapshotExport#measure} does
   */
  public CaseBundle bundleWithCore(long index) {
    Case found = cases.get(index);
    StoredReport state =
        found
            .state()
            .map(reports::get)
            .orElseThrow(
                () ->
                    new ServiceException(
                        Problem.NO_SUCH_SNAPSHOT,
                        "the rollback failed before a state was captured"));
    CaseFile core = export.measure(found.vm(), state.report().snapshot());
    return sign(found, write(found).listCore(core));
  }

  private CaseBundle sign(Case found, CaseWriter writer) {
    try {
      return writer.sign(found.entry().data(), found.vm(), found.outcome(), signers::sign);
    } catch (GeneralSecurityException e) {
      throw new ServiceException(Problem.HSM_UNAVAILABLE, String.valueOf(e.getMessage()), e);
    }
  }

  private CaseWriter write(Case found) {
    CaseWriter writer = new CaseWriter();
    StoredReport baseline = addReport(writer, CasePart.BASELINE, found.digest("report"));
    Optional<StoredReport> state =
        found.isFinding() ? Optional.of(addFinding(writer, found)) : addRollback(writer, found);
    state.flatMap(s -> differences(found, s, baseline)).ifPresent(writer::addDifferences);
    return writer;
  }

  private StoredReport addFinding(CaseWriter writer, Case found) {
    add(writer, CasePart.DISCREPANCIES, found.entry());
    return addReport(writer, CasePart.OBSERVED, found.digest("observed"));
  }

  /** Gives the suspect's report, if one was made. */
  private Optional<StoredReport> addRollback(CaseWriter writer, Case found) {
    add(writer, CasePart.CASE, found.entry());
    Optional<StoredReport> suspect =
        found.state().map(digest -> addReport(writer, CasePart.SUSPECT, digest));
    found.found("restored").ifPresent(digest -> addReport(writer, CasePart.RESTORED, digest));
    if (found.isSuccess()) {
      results
          .verdict(found, found.digest("restored"))
          .ifPresent(entry -> add(writer, CasePart.VERDICT, entry));
    }
    results.discrepancies(found).ifPresent(result -> addDiscrepancies(writer, result));
    return suspect;
  }

  private void addDiscrepancies(CaseWriter writer, CaseResults.Found result) {
    addReport(writer, CasePart.OBSERVED, result.report());
    add(writer, CasePart.DISCREPANCIES, result.entry());
  }

  private StoredReport addReport(CaseWriter writer, CasePart part, Digest digest) {
    StoredReport report = reports.get(digest);
    add(writer, part, ledger.entry(report.ledgerIndex()));
    writer.addKey(part, report.signed());
    return report;
  }

  private void add(CaseWriter writer, CasePart part, LedgerRecord entry) {
    writer.add(part, entry.data(), entry.body(), proofs.inclusion(entry.data().index()));
  }

  /** Empty where one of the snapshots is not kept any more, or its host is away. */
  private Optional<byte[]> differences(Case found, StoredReport state, StoredReport baseline) {
    try {
      SnapshotDifferences differences =
          comparison.compare(
              found.vm(),
              state.report().snapshot(),
              baseline.report().snapshot(),
              SnapshotComparison.MOST_RUNS);
      return Optional.of(differences)
          .filter(d -> isOf(d.first(), state) && isOf(d.second(), baseline))
          .map(d -> SnapshotDifferencesJson.of(d).toString().getBytes(UTF_8));
    } catch (ServiceException e) {
      if (NOT_COMPARABLE.contains(e.problem())) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** A guest that stood still may have the same snapshot by two reports. */
  private static boolean isOf(StoredReport compared, StoredReport wanted) {
    return compared.digest().equals(wanted.digest());
  }
}
