// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.RollbackOutcome;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.libvirt.HostLink;

/** Decides branches in the transaction manager's stead, and does what was decided. */
record HandDecisions(
    Records records, GuestWork work, WorkLocks locks, Doubts doubts, MetadataMirror mirror) {

  /** See {@link io.vmattest.hypervisor.api.HypervisorConnection#resolveRollback}. */
  void resolve(HostLink link, String record, RollbackOutcome outcome) throws HypervisorException {
    try (VmLocks.Held lock = locks.acquire(doubts.unclaimed(record, outcome).vm())) {
      // The transaction manager may have come before the lock was ours.
      Branch decided = doubts.unclaimed(record, outcome).decided(outcome);
      // Before anything is done: whoever asks later, or goes on after a crash, knows the outcome.
      records.put(decided);
      mirror.show(() -> link, decided);
      Uninterrupted.run(() -> settle(link, decided));
    }
  }

  /** What nobody decided is undone: its transaction is gone. */
  void settleOrUndo(HostLink link, Branch branch) throws HypervisorException {
    if (branch.phase().decided().isPresent()) {
      settle(link, branch);
    } else {
      work.undo(link, branch);
    }
  }

  /** Does what was decided; of a branch that is over, nothing, and that without a connection. */
  void settle(Rollbacks.Links links, Branch branch) throws HypervisorException {
    if (!branch.phase().isOver()) {
      settle(links.orUnavailable(), branch);
    }
  }

  private void settle(HostLink link, Branch branch) throws HypervisorException {
    switch (branch.phase()) {
      case COMMITTING_BY_HAND -> work.complete(link, branch);
      case UNDOING_BY_HAND -> work.undo(link, branch);
      default -> {}
    }
  }
}
