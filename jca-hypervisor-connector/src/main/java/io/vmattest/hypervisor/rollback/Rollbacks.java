// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.capture.Attestor;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StateFolder;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.transaction.xa.Xid;

/** All rollbacks of a host: those of this process's transactions, and those found on disk. */
public final class Rollbacks {
  private static final Logger LOG = System.getLogger(Rollbacks.class.getName());

  private final BranchJournal journal;
  private final RollbackManager manager;
  private final VmLocks locks;

  /** Branches that transactions of this process are working on, with the locks of their VMs. */
  private final Map<BranchId, VmLocks.Held> current = new ConcurrentHashMap<>();

  public Rollbacks(StateFolder state, SnapshotStore store, Attestor attestor, VmLocks locks) {
    this.journal = new BranchJournal(state.rollbacks());
    this.manager = new RollbackManager(state, store, attestor, journal);
    this.locks = locks;
  }

  /** Does the work of a branch; see {@link RollbackManager#replace}. */
  RollbackResult replace(
      HostLink link, BranchId id, RollbackRequest request, ProgressListener progress)
      throws HypervisorException {
    if (current.containsKey(id)) {
      throw new HypervisorException(
          Reason.CAPTURE_IN_PROGRESS, "a transaction rolls back one VM, and this one does already");
    }
    checkFree(request.vm());
    VmLocks.Held held = locks.acquire(request.vm());
    boolean done = false;
    try {
      RollbackResult result = manager.replace(link, id, request, progress);
      current.put(id, held);
      done = true;
      return result;
    } finally {
      if (!done) {
        held.close();
      }
    }
  }

  /**
   * Whether nothing is to be finished for a VM.
   *
   * @throws HypervisorException with reason CAPTURE_IN_PROGRESS if a rollback is not over
   */
  public void checkFree(UUID vm) throws HypervisorException {
    try {
      if (journal.list().stream().anyMatch(branch -> branch.vm().equals(vm))) {
        throw new HypervisorException(
            Reason.CAPTURE_IN_PROGRESS, "a rollback of VM " + vm + " is not over");
      }
    } catch (IOException e) {
      throw Failures.of(Reason.CAPTURE_FAILED, e);
    }
  }

  /**
   * Makes a branch's outcome the transaction manager's.
   *
   * @return whether there is anything to be decided
   */
  boolean prepare(BranchId id) throws HypervisorException {
    try {
      Optional<Branch> branch = journal.find(id);
      if (branch.isEmpty()) {
        return false;
      }
      journal.put(branch.get().prepared());
      return true;
    } catch (IOException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    }
  }

  /** Branches that wait for a decision. */
  List<Xid> prepared() throws HypervisorException {
    try {
      List<Xid> result = new ArrayList<>();
      for (Branch branch : journal.list()) {
        if (branch.phase() == Branch.Phase.PREPARED) {
          result.add(branch.id());
        }
      }
      return result;
    } catch (IOException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    }
  }

  void commit(HostLink link, BranchId id) throws HypervisorException {
    finish(id, branch -> manager.end().complete(link, branch));
  }

  void undo(HostLink link, BranchId id) throws HypervisorException {
    finish(id, branch -> manager.end().undo(link, branch));
  }

  void forget(BranchId id) throws HypervisorException {
    finish(id, this::remove);
  }

  private void remove(Branch branch) throws HypervisorException {
    try {
      journal.remove(branch.id());
    } catch (IOException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    }
  }

  /** How a branch is finished. */
  @FunctionalInterface
  private interface End {
    void of(Branch branch) throws HypervisorException;
  }

  private void finish(BranchId id, End end) throws HypervisorException {
    try {
      Optional<Branch> branch = journal.find(id);
      if (branch.isEmpty()) {
        return;
      }
      VmLocks.Held held = current.remove(id);
      try (VmLocks.Held lock = held == null ? locks.acquire(branch.get().vm()) : held) {
        end.of(branch.get());
      }
    } catch (IOException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    }
  }

  /** Brings back the VMs whose transactions died with their process before they were prepared. */
  public void undoOrphans(HostLink link) throws HypervisorException {
    List<Branch> branches;
    try {
      branches = journal.list();
    } catch (IOException e) {
      throw Failures.of(Reason.RESTORE_FAILED, e);
    }
    for (Branch branch : branches) {
      if (branch.phase() == Branch.Phase.PREPARED
          || current.containsKey(branch.id())
          || locks.isHeld(branch.vm())) {
        continue;
      }
      try {
        undo(link, branch.id());
        LOG.log(Level.WARNING, "VM {0} is back: its rollback was broken off", branch.vm());
      } catch (HypervisorException e) {
        if (e.reason() != Reason.CAPTURE_IN_PROGRESS) {
          throw e;
        }
        // Another process is at it, which is alive.
      }
    }
  }
}
