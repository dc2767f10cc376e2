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

/** The appended reports. */
@Stateless
public class Reports {
  /** No page has more reports. */
  public static final int LARGEST_PAGE = 100;

  @Inject EntityManager em;

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

  private StoredReport load(ReportRow row) {
    LedgerRecord entry = em.find(LedgerEntryRow.class, row.ledgerIndex()).toRecord();
    try {
      return new StoredReport(
          SignedReport.parse(entry.body()), row.config(), row.snapshotKept(), row.ledgerIndex());
    } catch (MalformedReportException e) {
      throw new IllegalStateException(
          "ledger entry " + row.ledgerIndex() + " is not the report that was appended", e);
    }
  }
}
