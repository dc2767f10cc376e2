// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.cases;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vmattest.core.bundle.CaseBundle;
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
import io.vmattest.server.snapshots.SnapshotDifferencesJson;
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
  @Inject ResultSigners signers;

  /**
   * The bundle of a case, signed in the HSM.
   *
   * @throws ServiceException with NO_SUCH_ENTRY if there is no such case, or no checkpoint covers
   *     it yet; NO_SUCH_REPORT, HSM_UNAVAILABLE, LEDGER_DAMAGED
   */
  public CaseBundle bundle(long index) {
    Case found = cases.get(index);
    CaseWriter writer = new CaseWriter();
    add(writer, CasePart.CASE, found.entry());
    StoredReport baseline = addReport(writer, CasePart.BASELINE, found.digest("report"));
    if (found.isSuccess()) {
      StoredReport suspect = addReport(writer, CasePart.SUSPECT, found.digest("suspect"));
      StoredReport restored = addReport(writer, CasePart.RESTORED, found.digest("restored"));
      results
          .verdict(found, restored.digest())
          .ifPresent(entry -> add(writer, CasePart.VERDICT, entry));
      differences(found, suspect, baseline).ifPresent(writer::addDifferences);
    }
    results.discrepancies(found).ifPresent(result -> addDiscrepancies(writer, result));
    try {
      return writer.sign(found.entry().data(), found.vm(), found.outcome(), signers::sign);
    } catch (GeneralSecurityException e) {
      throw new ServiceException(Problem.HSM_UNAVAILABLE, String.valueOf(e.getMessage()), e);
    }
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
  private Optional<byte[]> differences(Case found, StoredReport suspect, StoredReport baseline) {
    try {
      return Optional.of(
          SnapshotDifferencesJson.of(
                  comparison.compare(
                      found.vm(),
                      suspect.report().snapshot(),
                      baseline.report().snapshot(),
                      SnapshotComparison.MOST_RUNS))
              .toString()
              .getBytes(UTF_8));
    } catch (ServiceException e) {
      if (NOT_COMPARABLE.contains(e.problem())) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
