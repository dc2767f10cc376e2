// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.OpenRollback;
import io.vmattest.hypervisor.api.OpenRollbacks;
import io.vmattest.hypervisor.api.RollbackOutcome;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import javax.transaction.xa.Xid;

/** Which branches there are, and which of them nobody but a person will ever decide. */
final class Doubts {
  private final Records records;
  private final OpenBranches open;
  private final RecoveryScans scans;

  Doubts(Records records, OpenBranches open, Clock clock) {
    this.records = records;
    this.open = open;
    this.scans = new RecoveryScans(clock);
  }

  /** Whether this process finishes it, if no transaction of its has it. */
  static boolean isLeftToUs(Branch branch) {
    return branch.phase() != Branch.Phase.PREPARED && !branch.phase().isOver();
  }

  /** What xa_recover returns: prepared and heuristically completed branches. Counts the scan. */
  List<Xid> scan() throws HypervisorException {
    List<Branch> all = records.list();
    scans.scanned(all.stream().filter(this::isInDoubt).map(Branch::id).toList());
    return all.stream()
        .filter(b -> b.phase() == Branch.Phase.PREPARED || b.phase().decided().isPresent())
        .map(b -> (Xid) b.id())
        .toList();
  }

  OpenRollbacks view() throws HypervisorException {
    List<OpenRollback> rollbacks = new ArrayList<>();
    for (Branch branch : records.list()) {
      records.since(branch.id()).ifPresent(since -> rollbacks.add(view(branch, since)));
    }
    rollbacks.sort(Comparator.comparing(OpenRollback::since).thenComparing(OpenRollback::id));
    return new OpenRollbacks(rollbacks, records.damaged());
  }

  private OpenRollback view(Branch branch, Instant since) {
    boolean inDoubt = isInDoubt(branch);
    return new OpenRollback(
        branch.id().fileName(),
        branch.vm(),
        OpenRollback.Phase.valueOf(branch.phase().name()),
        since,
        branch.attested(),
        branch.suspect(),
        branch.wasRunning(),
        inDoubt,
        inDoubt && scans.isUnclaimed(branch.id()));
  }

  private boolean isInDoubt(Branch branch) {
    return branch.phase() == Branch.Phase.PREPARED && !open.contains(branch.id());
  }

  /**
   * The branch of a record, if it may be decided so by hand; also one that was, and is not done.
   *
   * @throws HypervisorException with reason NO_SUCH_ROLLBACK or ROLLBACK_NOT_IN_DOUBT
   */
  Branch unclaimed(String record, RollbackOutcome outcome) throws HypervisorException {
    Branch branch = named(record);
    Optional<RollbackOutcome> decided = branch.phase().decided();
    if (decided.isPresent()) {
      if (branch.phase().isOver() || decided.get() != outcome) {
        throw notInDoubt(branch, "it was decided by hand already: " + decided.get());
      }
    } else if (!isInDoubt(branch)) {
      throw notInDoubt(branch, "it is " + branch.phase() + ", and finished without you");
    } else if (!scans.isUnclaimed(branch.id())) {
      throw notInDoubt(
          branch,
          "the transaction manager's recovery may still decide it; it has to leave it alone "
              + RecoveryScans.ENOUGH
              + " times");
    }
    return branch;
  }

  private Branch named(String record) throws HypervisorException {
    return records.list().stream()
        .filter(b -> b.id().fileName().equals(record))
        .findFirst()
        .orElseThrow(
            () ->
                new HypervisorException(
                    Reason.NO_SUCH_ROLLBACK, "there is no open rollback of this id"));
  }

  private static HypervisorException notInDoubt(Branch branch, String why) {
    return new HypervisorException(
        Reason.ROLLBACK_NOT_IN_DOUBT, "the rollback of VM " + branch.vm() + ": " + why);
  }
}
