// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import io.vmattest.core.appraisal.AppraisalResult;
import io.vmattest.core.appraisal.AppraisedState;
import io.vmattest.core.appraisal.Appraiser;
import io.vmattest.core.appraisal.Verdict;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.server.enrolment.KeyEnrolment;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.ReportChains;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.policy.Policies;
import io.vmattest.server.policy.VmPolicy;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * One transaction over the hypervisor, the ledger and the event topic. Before it commits, the VM
 * stands paused in the attested state; whatever throws brings the suspect back.
 */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class RollbackTransaction {
  @Inject HostGateway host;
  @Inject ReportChains chains;
  @Inject RollbackReports reports;
  @Inject Policies policies;
  @Inject RollbackRecorder recorder;

  /**
   * Rolls back to a report's snapshot.
   *
   * @param made is told every report that is signed on the way, also if it throws
   * @return the digests of the reports that were made on the way
   */
  public Map<String, String> rollBack(
      StoredReport target, KeyEnrolment key, ProgressListener progress, MadeReports made) {
    UUID vm = target.report().vmId();
    ReportChains.Link link = chains.take(vm);
    if (!link.appended()) {
      throw new ServiceException(
          Problem.REPORT_NOT_APPENDED, "the VM's last report is not in the ledger yet; try again");
    }
    RollbackRequest request =
        new RollbackRequest(vm, target.signed().encoded(), link.sequence(), link.previous());
    RollbackResult result = host.call(c -> made.rollBack(c, request, progress));
    progress.progress("recording, and letting it run", 0.95);
    StoredReport suspect = reports.append(result.suspect(), key);
    StoredReport restored = reports.append(result.restored(), key);
    chains.advance(vm, restored.report().sequence(), restored.digest());
    VmPolicy policy = policies.of(vm);
    AppraisalResult equal = compare(target, restored, result.restored(), policy);
    recorder.succeeded(target, suspect, restored, equal, Policies.digest(vm, policy));
    return Map.of(
        "report", target.digest().hex(),
        "suspect", suspect.digest().hex(),
        "restored", restored.digest().hex());
  }

  /** What was seen inside is read out of memory, which must be equal anyway. */
  private static AppraisedState state(StoredReport report) {
    return new AppraisedState(
        report.report(), Optional.of(report.canonicalConfig()), Optional.empty());
  }

  /** The restored VM has not run yet: everything that the policy wants exact must be equal. */
  private static AppraisalResult compare(
      StoredReport target, StoredReport restored, CaptureResult capture, VmPolicy policy) {
    AppraisalResult result =
        Appraiser.appraise(
            state(target), state(restored), policy.appraisal(), capture.differences());
    if (result.verdict() != Verdict.VERIFIED) {
      throw new ServiceException(
          Problem.RESTORED_STATE_DIFFERS,
          "the restored state is not the attested one: "
              + result.discrepancies().stream()
                  .limit(3)
                  .map(d -> d.component() + " " + d.subject() + ", " + d.explanation())
                  .reduce((a, b) -> a + "; " + b)
                  .orElse(""));
    }
    return result;
  }
}
