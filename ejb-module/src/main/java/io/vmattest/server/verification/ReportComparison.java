// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.verification;

import io.vmattest.core.appraisal.AppraisalPolicy;
import io.vmattest.core.appraisal.AppraisedState;
import io.vmattest.core.appraisal.Appraiser;
import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.appraisal.GuestDifferences;
import io.vmattest.core.report.Digest;
import io.vmattest.server.ledger.GuestDocuments;
import io.vmattest.server.ledger.Reports;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What two reports of a VM differ in, whatever its policy says of it; what is ordinary, too. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class ReportComparison {
  @Inject Reports reports;
  @Inject GuestDocuments guests;

  /** Two reports and their differences. */
  public record Differences(
      StoredReport first, StoredReport second, List<Discrepancy> discrepancies) {
    public Differences {
      discrepancies = List.copyOf(discrepancies);
    }
  }

  /**
   * Compares them as they were appended, both checked once more.
   *
   * @throws ServiceException with NO_SUCH_REPORT, LEDGER_DAMAGED, or INVALID_REQUEST if they are of
   *     two VMs
   */
  public Differences compare(Digest firstReport, Digest secondReport) {
    StoredReport before = reports.getVerified(firstReport);
    StoredReport now = reports.getVerified(secondReport);
    if (!before.report().vmId().equals(now.report().vmId())) {
      throw new ServiceException(
          Problem.INVALID_REQUEST, "the reports are of two virtual machines");
    }
    AppraisedState first = guests.state(before);
    AppraisedState second = guests.state(now);
    List<Discrepancy> all =
        new ArrayList<>(
            Appraiser.appraise(first, second, AppraisalPolicy.EVERYTHING, Optional.empty())
                .discrepancies());
    all.addAll(GuestDifferences.between(first.guest(), second.guest()));
    return new Differences(before, now, all);
  }
}
