// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import io.vmattest.core.report.SignedReport;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.server.attestation.HostReports;
import io.vmattest.server.enrolment.KeyEnrolment;
import io.vmattest.server.ledger.IncomingReport;
import io.vmattest.server.ledger.ReportChains;
import io.vmattest.server.ledger.ReportIngest;
import io.vmattest.server.ledger.ReportRejectedException;
import io.vmattest.server.ledger.ReportTooEarlyException;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Appends what was signed on the way of a rollback, which goes over no queue. */
@Stateless
@TransactionAttribute(TransactionAttributeType.MANDATORY)
public class RollbackReports {
  @Inject ReportChains chains;
  @Inject ReportIngest ingest;

  /**
   * Appends in the caller's transaction.
   *
   * @throws ServiceException with REPORT_REJECTED
   */
  public StoredReport append(CaptureResult capture, KeyEnrolment key) {
    SignedReport signed = HostReports.enrolled(HostReports.parse(capture.signedReport()), key);
    try {
      return ingest.append(
          new IncomingReport(
              signed.encoded(),
              capture.canonicalConfig(),
              capture.guest(),
              capture.snapshotKept()));
    } catch (ReportRejectedException e) {
      throw new ServiceException(Problem.REPORT_REJECTED, e.reason(), e);
    } catch (ReportTooEarlyException e) {
      throw new ServiceException(Problem.REPORT_REJECTED, String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Appends what a rollback that failed leaves behind: else the next report would get a number that
   * the key has signed already, and the kept suspect would have no entry.
   *
   * @return what was appended, in the order of the captures
   */
  @TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
  public List<StoredReport> appendLeft(UUID vm, List<CaptureResult> captures, KeyEnrolment key) {
    chains.take(vm);
    List<StoredReport> reports = new ArrayList<>();
    for (CaptureResult capture : captures) {
      StoredReport appended = append(capture, key);
      chains.advance(vm, appended.report().sequence(), appended.digest());
      reports.add(appended);
    }
    return reports;
  }
}
