// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.server.attestation.CaptureGuard;
import io.vmattest.server.attestation.SnapshotNews;
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
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/** Starts rollbacks and sees them through. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class RollbackService {
  private static final Logger LOG = System.getLogger(RollbackService.class.getName());

  /** Longer than a report is delivered again and again before it is given up. */
  private static final Duration APPEND_DEADLINE = Duration.ofMinutes(8);

  /** What such operations are called. */
  public static final String KIND = "rollback";

  private static final Duration APPEND_LOOK = Duration.ofMillis(20);

  @Inject Reports reports;
  @Inject Baselines baselines;
  @Inject HostGateway host;
  @Inject EnrolmentService enrolments;
  @Inject CaptureGuard guard;
  @Inject ReportChains chains;
  @Inject RollbackTransaction transaction;
  @Inject RollbackReports left;
  @Inject RollbackRecorder recorder;
  @Inject Operations operations;
  @Inject SnapshotNews news;
  @Inject RollbackNews done;

  /**
   * Checks that there is something to go back to, and starts.
   *
   * @param report whose snapshot is wanted; the baseline's if none is named
   * @param start who wants it, and for which discrepancy
   * @throws ServiceException with NO_BASELINE, NO_SUCH_REPORT, NO_SUCH_SNAPSHOT, NO_SUCH_VM, BUSY
   */
  public Operation start(UUID vm, Optional<Digest> report, RollbackStart start) {
    return start(vm, report, start, UUID.randomUUID());
  }

  /** The same under an id that no operation has yet. */
  public Operation start(UUID vm, Optional<Digest> report, RollbackStart start, UUID id) {
    StoredReport target = keptTarget(vm, report);
    return operations.start(
        id, KIND, Optional.of(vm), progress -> timed(vm, target, start, progress));
  }

  /**
   * The report that would be gone back to.
   *
   * @param report as for {@link #start}
   * @throws ServiceException with NO_BASELINE, NO_SUCH_REPORT, NO_SUCH_VM
   */
  public StoredReport target(UUID vm, Optional<Digest> report) {
    host.virtualMachine(vm);
    return report.map(digest -> named(vm, digest)).orElseGet(() -> baseline(vm));
  }

  /**
   * The same, if its snapshot is kept.
   *
   * @throws ServiceException with NO_SUCH_SNAPSHOT, or as {@link #target} does
   */
  public StoredReport keptTarget(UUID vm, Optional<Digest> report) {
    StoredReport target = target(vm, report);
    if (!host.call(c -> c.snapshots(vm)).contains(target.report().snapshot())) {
      throw new ServiceException(
          Problem.NO_SUCH_SNAPSHOT, "no snapshot is kept of report " + target.digest().hex());
    }
    return target;
  }

  private JsonObject timed(
      UUID vm, StoredReport target, RollbackStart start, ProgressListener progress) {
    StepTimes times = new StepTimes(progress);
    JsonObjectBuilder json = JSON.createObjectBuilder();
    run(vm, target, start, times).forEach(json::add);
    return json.add("parts", times.parts()).build();
  }

  private StoredReport named(UUID vm, Digest digest) {
    StoredReport report = reports.getVerified(digest);
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

  private Map<String, String> run(
      UUID vm, StoredReport target, RollbackStart start, ProgressListener progress) {
    // Outside: one that was not begun has not failed.
    recorder.started(target, start);
    MadeReports made = new MadeReports();
    try {
      KeyEnrolment key = enrolments.current();
      progress.progress("waiting for a capture of the VM to end", 0);
      return guard.alone(
          vm, CaptureGuard.Urgency.ROLLBACK, () -> alone(target, key, progress, made));
    } catch (ServiceException e) {
      recorder.failed(target, e.problem().name(), e.detail(), made.named());
      throw e;
    } catch (EJBException e) {
      recorder.failed(target, "INTERNAL", "the transaction was rolled back", made.named());
      throw e;
    } finally {
      news.kept(vm);
    }
  }

  private Map<String, String> alone(
      StoredReport target, KeyEnrolment key, ProgressListener progress, MadeReports made) {
    UUID vm = target.report().vmId();
    awaitSettled(vm, progress);
    Map<String, String> result;
    try {
      result = transaction.rollBack(target, key, progress, made);
    } catch (ServiceException | EJBException e) {
      keep(vm, made, key);
      throw e;
    }
    done.rolledBack(vm);
    return result;
  }

  /** The capture that came first has left its report in the queue. */
  private void awaitSettled(UUID vm, ProgressListener progress) {
    chains.open(vm);
    progress.progress("waiting for the last report to be appended", 0);
    long deadline = System.nanoTime() + APPEND_DEADLINE.toNanos();
    while (!chains.isSettled(vm)) {
      if (System.nanoTime() >= deadline) {
        throw new ServiceException(
            Problem.REPORT_NOT_APPENDED, "the VM's last report was not appended in time");
      }
      LockSupport.parkNanos(APPEND_LOOK.toNanos());
    }
  }

  private void keep(UUID vm, MadeReports made, KeyEnrolment key) {
    if (made.captures().isEmpty()) {
      return;
    }
    try {
      made.appended(left.appendLeft(vm, made.captures(), key));
    } catch (ServiceException | EJBException e) {
      LOG.log(Logger.Level.ERROR, "what a rollback of VM " + vm + " left could not be appended", e);
    }
  }
}
