// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.SnapshotCheck;
import io.vmattest.server.attestation.CaptureGuard;
import io.vmattest.server.attestation.CaptureGuard.Urgency;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.Reports;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.operations.Operations;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Checks the store of snapshots: every page of every one, and that the ledger knows its report. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class StoreChecks {
  /** What such operations are called. */
  static final String KIND = "store-check";

  @Inject HostGateway host;
  @Inject CaptureGuard guard;
  @Inject Reports reports;
  @Inject SnapshotRecorder recorder;
  @Inject Operations operations;

  /**
   * Starts a check.
   *
   * @param vm the only one to check; else all that have snapshots
   * @param repair whether leftovers are removed; no snapshot ever is
   * @throws ServiceException with BUSY
   */
  public Operation start(Optional<UUID> vm, boolean repair) {
    return operations.start(KIND, vm, progress -> run(vm, repair, progress));
  }

  private JsonObject run(Optional<UUID> one, boolean repair, ProgressListener progress) {
    List<UUID> vms = one.map(List::of).orElseGet(() -> host.call(c -> c.snapshotOwners()));
    List<CheckedVm> checked = new ArrayList<>();
    for (UUID vm : vms) {
      double done = checked.size();
      ProgressListener part =
          (step, fraction) ->
              progress.progress("VM " + vm + ", " + step, (done + fraction) / vms.size());
      checked.add(check(vm, repair, part));
    }
    return json(checked);
  }

  /** One VM's failure is its own. */
  private CheckedVm check(UUID vm, boolean repair, ProgressListener progress) {
    try {
      return guard.alone(vm, Urgency.BACKGROUND, () -> alone(vm, repair, progress));
    } catch (ServiceException e) {
      CheckedVm.State state =
          e.problem() == Problem.CAPTURE_IN_PROGRESS
              ? CheckedVm.State.SKIPPED
              : CheckedVm.State.FAILED;
      return CheckedVm.not(vm, state, e.detail());
    }
  }

  private CheckedVm alone(UUID vm, boolean repair, ProgressListener progress) {
    SnapshotCheck found = host.call(c -> c.checkSnapshots(vm, repair, progress));
    List<CheckedVm.Damage> damaged = new ArrayList<>();
    for (SnapshotCheck.Checked snapshot : found.snapshots()) {
      snapshot
          .damage()
          .or(() -> unattested(snapshot.report()))
          .ifPresent(why -> damaged.add(new CheckedVm.Damage(snapshot.snapshot(), why)));
    }
    CheckedVm checked =
        new CheckedVm(
            vm,
            CheckedVm.State.CHECKED,
            found.snapshots().size(),
            damaged,
            found.unneededBytes(),
            found.unfinished(),
            found.reclaimedBytes(),
            found.notRepaired());
    recorder.checked(vm, checked);
    return checked;
  }

  /** Who can write into the store can write a report, too: the ledger has to know it. */
  private Optional<String> unattested(Optional<Digest> report) {
    try {
      report.ifPresent(reports::getVerified);
      return report.isPresent() ? Optional.empty() : Optional.of("no report lies beside it");
    } catch (ServiceException e) {
      if (e.problem() == Problem.NO_SUCH_REPORT) {
        return Optional.of("the ledger does not know the report beside it");
      }
      if (e.problem() == Problem.LEDGER_DAMAGED) {
        return Optional.of("its report in the ledger is damaged: " + e.detail());
      }
      throw e;
    }
  }

  private static JsonObject json(List<CheckedVm> checked) {
    JsonArrayBuilder vms = JSON.createArrayBuilder();
    checked.forEach(vm -> vms.add(vm.json()));
    return JSON.createObjectBuilder()
        .add("damaged", checked.stream().mapToInt(vm -> vm.damaged().size()).sum())
        .add("skipped", count(checked, CheckedVm.State.SKIPPED))
        .add("failed", count(checked, CheckedVm.State.FAILED))
        .add("vms", vms)
        .build();
  }

  private static long count(List<CheckedVm> checked, CheckedVm.State state) {
    return checked.stream().filter(vm -> vm.state() == state).count();
  }
}
