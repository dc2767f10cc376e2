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
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StateFolder;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.transaction.xa.Xid;

/** All rollbacks of a host: those of this process's transactions, and those found on disk. */
public final class Rollbacks implements AutoCloseable {
  /** Gives a connection that answers. */
  @FunctionalInterface
  public interface Links {
    HostLink get() throws LibvirtFailure;
  }

  private final Records records;
  private final GuestWork work;
  private final VmLocks locks;
  private final OpenBranches open = new OpenBranches();
  private final Set<UUID> atWork = ConcurrentHashMap.newKeySet();
  private final Orphans orphans;

  public Rollbacks(StateFolder state, SnapshotStore store, Attestor attestor, VmLocks locks) {
    this(state, locks, journal -> new RollbackManager(state, store, attestor, journal));
  }

  /** How the work is made that writes into a journal. */
  @FunctionalInterface
  interface WorkFactory {
    GuestWork on(BranchJournal journal);
  }

  Rollbacks(StateFolder state, VmLocks locks, WorkFactory factory) {
    BranchJournal journal = new BranchJournal(state.rollbacks());
    this.records = new Records(journal);
    this.work = factory.on(journal);
    this.locks = locks;
    this.orphans = new Orphans(records, this::isOrphan, this::undoOrphan);
  }

  /**
   * The first step of a branch, while its transaction certainly is not over.
   *
   * @throws HypervisorException with reason CAPTURE_IN_PROGRESS if the transaction has one already
   */
  void begin(BranchId id) throws HypervisorException {
    open.begin(id);
  }

  /**
   * Does the work of a branch that was begun; see {@link GuestWork#replace}. A transaction that
   * ends meanwhile has the work undone.
   */
  RollbackResult replace(
      HostLink link, BranchId id, RollbackRequest request, ProgressListener progress)
      throws HypervisorException {
    boolean kept = false;
    Optional<VmLocks.Held> held = Optional.empty();
    try {
      held = Optional.of(acquire(request.vm()));
      checkFree(request.vm());
      RollbackResult result = work.replace(link, id, request, progress, () -> checkWanted(id));
      kept = open.done(id, held.get());
      if (!kept) {
        throw undone(link, id);
      }
      return result;
    } finally {
      if (!kept) {
        open.remove(id);
        held.ifPresent(VmLocks.Held::close);
      }
    }
  }

  private void checkWanted(BranchId id) throws HypervisorException {
    if (open.isDoomed(id)) {
      throw tooLate();
    }
  }

  private static HypervisorException tooLate() {
    return new HypervisorException(
        Reason.RESTORE_FAILED, "the transaction was over before its rollback was done");
  }

  /** The transaction ended in the last moment of the work. */
  private HypervisorException undone(HostLink link, BranchId id) {
    HypervisorException why = tooLate();
    try {
      Optional<Branch> branch = records.find(id);
      if (branch.isPresent()) {
        work.undo(link, branch.get());
      }
    } catch (HypervisorException e) {
      // It is an orphan then.
      why.addSuppressed(e);
    }
    return why;
  }

  /**
   * Whether nothing is to be finished for a VM. The caller holds its lock.
   *
   * @throws HypervisorException with reason CAPTURE_IN_PROGRESS if a rollback is not over
   */
  public void checkFree(UUID vm) throws HypervisorException {
    if (records.list().stream().anyMatch(branch -> branch.vm().equals(vm))) {
      throw new HypervisorException(
          Reason.CAPTURE_IN_PROGRESS, "a rollback of VM " + vm + " is not over");
    }
  }

  /** VMs that are being replaced or brought back, whose coming and going means nothing. */
  public Set<UUID> atWork() {
    return Set.copyOf(atWork);
  }

  private VmLocks.Held acquire(UUID vm) throws HypervisorException {
    VmLocks.Held lock = locks.acquire(vm);
    atWork.add(vm);
    return () -> {
      atWork.remove(vm);
      lock.close();
    };
  }

  /**
   * Makes a branch's outcome the transaction manager's.
   *
   * @return whether there is anything to be decided
   * @throws HypervisorException if that cannot be; the branch is rolled back then, or will be
   */
  boolean prepare(Links links, BranchId id) throws HypervisorException {
    if (!open.isDone(id) && !open.doom(id) && records.find(id).isEmpty()) {
      return false;
    }
    try {
      records.put(restored(id).prepared());
      open.prepared(id);
      return true;
    } catch (HypervisorException e) {
      throw undo(links, id, e);
    }
  }

  /**
   * Commits a branch that nobody has prepared: its transaction has no other.
   *
   * @throws HypervisorException if that cannot be; the branch is rolled back then, or will be
   */
  void commitOnePhase(Links links, BranchId id) throws HypervisorException {
    if (!open.isDone(id) && !open.doom(id) && records.find(id).isEmpty()) {
      return;
    }
    try {
      Branch branch = restored(id);
      Uninterrupted.run(() -> work.complete(link(links), branch));
      open.remove(id).ifPresent(VmLocks.Held::close);
    } catch (HypervisorException e) {
      throw undo(links, id, e);
    }
  }

  /** The branch, if the work on it is done: done here, for nothing else keeps it from undoing. */
  private Branch restored(BranchId id) throws HypervisorException {
    Optional<Branch> branch = open.isDone(id) ? records.find(id) : Optional.empty();
    return branch
        .filter(b -> b.phase() == Branch.Phase.RESTORED || b.phase() == Branch.Phase.PREPARED)
        .orElseThrow(
            () ->
                new HypervisorException(
                    Reason.RESTORE_FAILED, "the VM was not replaced, there is nothing to commit"));
  }

  private HypervisorException undo(Links links, BranchId id, HypervisorException why) {
    try {
      undo(links, id);
    } catch (HypervisorException e) {
      why.addSuppressed(e);
    }
    return why;
  }

  /** Branches that wait for a decision. */
  List<Xid> prepared() throws HypervisorException {
    return records.list().stream()
        .filter(branch -> branch.phase() == Branch.Phase.PREPARED)
        .map(branch -> (Xid) branch.id())
        .toList();
  }

  /**
   * Commits a prepared branch.
   *
   * @throws IllegalStateException if it is not prepared
   */
  void commit(Links links, BranchId id) throws HypervisorException {
    finish(
        id,
        branch -> {
          if (branch.phase() != Branch.Phase.PREPARED) {
            throw new IllegalStateException("the branch is " + branch.phase());
          }
          work.complete(link(links), branch);
        });
  }

  /** Rolls back; a branch that is worked on undoes itself, and this does not wait for it. */
  void undo(Links links, BranchId id) throws HypervisorException {
    if (!open.doom(id)) {
      finish(id, branch -> work.undo(link(links), branch));
    }
  }

  void forget(BranchId id) throws HypervisorException {
    finish(id, branch -> records.remove(branch.id()));
  }

  /** How a branch is finished. */
  @FunctionalInterface
  private interface End {
    void of(Branch branch) throws HypervisorException;
  }

  /** Whatever happens, its lock is free afterwards: an orphan, or another try, needs it. */
  private void finish(BranchId id, End end) throws HypervisorException {
    Optional<VmLocks.Held> held = open.remove(id);
    try {
      Optional<Branch> branch = records.find(id);
      if (branch.isPresent() && held.isEmpty()) {
        held = Optional.of(acquire(branch.get().vm()));
        // It may have been finished before the lock was ours.
        branch = records.find(id);
      }
      if (branch.isPresent()) {
        Branch found = branch.get();
        Uninterrupted.run(() -> end.of(found));
      }
    } finally {
      held.ifPresent(VmLocks.Held::close);
    }
  }

  /** Brings back the VMs whose transactions died with their process before they were prepared. */
  public void undoOrphans(HostLink link) throws HypervisorException {
    orphans.undo(link);
  }

  private boolean isOrphan(Branch branch) {
    return branch.phase() != Branch.Phase.PREPARED
        && !open.contains(branch.id())
        && !locks.isHeld(branch.vm());
  }

  private boolean undoOrphan(HostLink link, Branch seen) throws HypervisorException {
    try (VmLocks.Held lock = acquire(seen.vm())) {
      // What was seen without the lock may be old, and a decided branch must not be undone.
      Optional<Branch> now =
          records.find(seen.id()).filter(b -> b.phase() != Branch.Phase.PREPARED);
      if (now.isPresent()) {
        work.undo(link, now.get());
      }
      return now.isPresent();
    }
  }

  private static HostLink link(Links links) throws HypervisorException {
    try {
      return links.get();
    } catch (LibvirtFailure e) {
      throw Failures.of(Reason.HOST_UNAVAILABLE, e);
    }
  }

  /** Stops. Work goes on to its end, undoes itself, and keeps its lock until then. */
  @Override
  public void close() {
    orphans.close();
    open.close();
  }
}
