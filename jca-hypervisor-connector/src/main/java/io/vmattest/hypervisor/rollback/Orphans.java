// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.libvirt.HostLink;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;

/**
 * Undoes the branches that nobody will finish, and does what was decided by hand; one that cannot
 * be undone does not stop others.
 */
final class Orphans {
  private static final Logger LOG = System.getLogger(Orphans.class.getName());

  private final Records records;
  private final WorkLocks locks;
  private final OpenBranches open;
  private final HandDecisions decisions;
  private final OnceEach complaints = new OnceEach(LOG);
  private volatile boolean closed;

  Orphans(Records records, WorkLocks locks, OpenBranches open, HandDecisions decisions) {
    this.records = records;
    this.locks = locks;
    this.open = open;
    this.decisions = decisions;
  }

  void undo(HostLink link) throws HypervisorException {
    for (Branch branch : records.list()) {
      if (!closed && isOrphan(branch)) {
        undo(link, branch);
      }
    }
  }

  private void undo(HostLink link, Branch branch) {
    String subject = "VM " + branch.vm() + " is not back yet: its rollback was broken off";
    try {
      if (undone(link, branch)) {
        LOG.log(Level.WARNING, "VM {0} is back: its rollback was broken off", branch.vm());
      }
      complaints.settled(subject);
    } catch (HypervisorException e) {
      // Busy: another process is at it, which is alive.
      if (e.reason() != Reason.CAPTURE_IN_PROGRESS) {
        complaints.warn(subject, e);
      }
    } catch (RuntimeException e) {
      complaints.warn(subject, e);
    }
  }

  private boolean isOrphan(Branch branch) {
    return Doubts.isLeftToUs(branch) && !open.contains(branch.id()) && !locks.isHeld(branch.vm());
  }

  /** False if there was nothing to undo any more. */
  private boolean undone(HostLink link, Branch seen) throws HypervisorException {
    try (VmLocks.Held lock = locks.acquire(seen.vm())) {
      // What was seen without the lock may be old, and a decided branch must not be undone.
      Optional<Branch> now = records.find(seen.id()).filter(Doubts::isLeftToUs);
      if (now.isPresent()) {
        decisions.settleOrUndo(link, now.get());
      }
      return now.isPresent();
    }
  }

  void close() {
    closed = true;
  }
}
