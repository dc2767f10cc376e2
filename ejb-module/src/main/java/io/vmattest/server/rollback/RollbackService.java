// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.server.attestation.CaptureGuard;
import io.vmattest.server.enrolment.EnrolmentService;
import io.vmattest.server.enrolment.KeyEnrolment;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.ReportChains;
import io.vmattest.server.ledger.Reports;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.operations.Operations;
import io.vmattest.server.policy.Baselines;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.EJBException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Starts rollbacks and sees them through. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class RollbackService {
  @Inject Reports reports;
  @Inject Baselines baselines;
  @Inject HostGateway host;
  @Inject EnrolmentService enrolments;
  @Inject CaptureGuard guard;
  @Inject ReportChains chains;
  @Inject RollbackTransaction transaction;
  @Inject RollbackRecorder recorder;
  @Inject Operations operations;

  /**
   * Checks that there is something to go back to, and starts.
   *
   * @param report whose snapshot is wanted; the baseline's if none is named
   * @throws ServiceException with NO_BASELINE, NO_SUCH_REPORT, NO_SUCH_SNAPSHOT, NO_SUCH_VM, BUSY
   */
  public Operation start(UUID vm, Optional<Digest> report) {
    host.virtualMachine(vm);
    StoredReport target = report.map(digest -> named(vm, digest)).orElseGet(() -> baseline(vm));
    if (!host.call(c -> c.snapshots(vm)).contains(target.report().snapshot())) {
      throw new ServiceException(
          Problem.NO_SUCH_SNAPSHOT, "no snapshot is kept of report " + target.digest().hex());
    }
    return operations.start("rollback", vm, progress -> run(vm, target, progress));
  }

  private StoredReport named(UUID vm, Digest digest) {
    StoredReport report = reports.get(digest);
    if (!report.report().vmId().equals(vm)) {
      throw new ServiceException(Problem.NO_SUCH_REPORT, "the report is of another VM");
    }
    return report;
  }

  private StoredReport baseline(UUID vm) {
    return baselines
        .find(vm)
        .map(Baselines.Baseline::report)
        .orElseThrow(() -> new ServiceException(Problem.NO_BASELINE, "the VM has no baseline"));
  }

  private Map<String, String> run(UUID vm, StoredReport target, ProgressListener progress) {
    try {
      KeyEnrolment key = enrolments.current();
      return guard.alone(
          vm,
          CaptureGuard.Urgency.ROLLBACK,
          () -> {
            chains.open(vm);
            return transaction.rollBack(target, key, progress);
          });
    } catch (ServiceException e) {
      recorder.failed(target, e.problem().name(), e.detail());
      throw e;
    } catch (EJBException e) {
      recorder.failed(target, "INTERNAL", "the transaction was rolled back");
      throw e;
    }
  }
}
