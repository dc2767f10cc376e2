// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.report.Digest;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The appended reports. */
@Stateless
public class Reports {
  /** No page has more reports. */
  public static final int LARGEST_PAGE = 100;

  @Inject EntityManager em;
  @Inject ReportChecks checks;
  @Inject Ledger ledger;

  public Optional<StoredReport> find(Digest digest) {
    return Optional.ofNullable(em.find(ReportRow.class, digest.hex())).map(this::load);
  }

  /**
   * The report of a digest.
   *
   * @throws ServiceException with NO_SUCH_REPORT
   */
  public StoredReport get(Digest digest) {
    return find(digest)
        .orElseThrow(
            () ->
                new ServiceException(Problem.NO_SUCH_REPORT, "there is no report " + digest.hex()));
  }

  /** The VM's last appended report. */
  public Optional<StoredReport> latest(UUID vm) {
    return Optional.ofNullable(em.find(VmStateRow.class, vm.toString()))
        .flatMap(state -> find(state.toState().lastDigest()));
  }

  /**
   * One page of a VM's reports, in the order of their numbers.
   *
   * @param after sequence number of the last report already seen; 0 from the start
   */
  public List<StoredReport> page(UUID vm, long after, int limit) {
    return em.createQuery(
            "SELECT r FROM ReportRow r WHERE r.vmId = :vm AND r.sequence > :after"
                + " ORDER BY r.sequence",
            ReportRow.class)
        .setParameter("vm", vm.toString())
        .setParameter("after", after)
        .setMaxResults(Math.min(limit, LARGEST_PAGE))
        .getResultStream()
        .map(this::load)
        .toList();
  }

  /** Why a message was not taken for a report, if it was not. */
  public Optional<String> rejection(Digest digest) {
    return Optional.ofNullable(em.find(RejectedRow.class, digest.hex())).map(RejectedRow::reason);
  }

  /**
   * The report of a digest, its signature, key evidence and enrolment checked once more, as of when
   * it was appended: for whoever compares with it or goes back to it.
   *
   * @throws ServiceException with NO_SUCH_REPORT, or LEDGER_DAMAGED if it does not stand the checks
   */
  public StoredReport getVerified(Digest digest) {
    StoredReport report = get(digest);
    LedgerRecord entry = entry(report.ledgerIndex());
    try {
      checks.verify(report.signed(), report.canonicalConfig(), entry.data().at());
      return report;
    } catch (ReportRejectedException e) {
      throw damaged(report.ledgerIndex(), e);
    }
  }

  private StoredReport load(ReportRow row) {
    LedgerRecord entry = entry(row.ledgerIndex());
    ConfigRow config = em.find(ConfigRow.class, row.configDigest());
    try {
      SignedReport signed = SignedReport.parse(entry.body());
      if (!entry.isIntact() || !row.isOf(signed) || config == null) {
        throw damaged(row.ledgerIndex(), null);
      }
      return new StoredReport(signed, config.config(), row.snapshotKept(), row.ledgerIndex());
    } catch (MalformedReportException e) {
      throw damaged(row.ledgerIndex(), e);
    }
  }

  private LedgerRecord entry(long index) {
    return ledger.find(index).orElseThrow(() -> damaged(index, null));
  }

  private static ServiceException damaged(long index, @Nullable Exception cause) {
    return new ServiceException(
        Problem.LEDGER_DAMAGED,
        "ledger entry " + index + " is not the report that was appended",
        cause);
  }
}
