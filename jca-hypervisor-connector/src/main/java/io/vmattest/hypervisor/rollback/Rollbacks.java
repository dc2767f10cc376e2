// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.OpenRollbacks;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.api.RollbackOutcome;
import io.vmattest.hypervisor.api.RollbackRequest;
import io.vmattest.hypervisor.api.RollbackResult;
import io.vmattest.hypervisor.capture.Attestor;
import io.vmattest.hypervisor.capture.Failures;
import io.vmattest.hypervisor.capture.VmLocks;
import io.vmattest.hypervisor.libvirt.HostLink;
import io.vmattest.hypervisor.libvirt.LibvirtFailure;
import io.vmattest.hypervisor.snapshots.SnapshotStore;
import io.vmattest.hypervisor.snapshots.StateFolder;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import javax.transaction.xa.Xid;

/** All rollbacks of a host: those of this process's transactions, and those found on disk. */
public final class Rollbacks implements AutoCloseable {
  /** Gives a connection that answers. */
  @FunctionalInterface
  public interface Links {
    HostLink get() throws LibvirtFailure;

    /** The same, with its failure as callers of the connector know it. */
    default HostLink orUnavailable() throws HypervisorException {
      try {
        return get();
      } catch (LibvirtFailure e) {
        throw Failures.of(Reason.HOST_UNAVAILABLE, e);
      }
    }
  }

  private final Records records;
  private final GuestWork work;
  private final WorkLocks locks;
  private final OpenBranches open = new OpenBranches();
  private final Doubts doubts;
  private final HandDecisions decisions;
  private final Orphans orphans;
  private final MetadataMirror mirror;
  private final LostBranches lost;

  public Rollbacks(StateFolder state, SnapshotStore store, Attestor attestor, VmLocks locks) {
    this(state, locks, journal -> new RollbackManager(state, store, attestor, journal));
  }

  Rollbacks(StateFolder state, VmLocks locks, GuestWork.Factory factory) {
    this(state, locks, factory, Clock.systemUTC());
  }

  Rollbacks(StateFolder state, VmLocks locks, GuestWork.Factory factory, Clock clock) {
    BranchJournal journal = new BranchJournal(state.rollbacks());
    this.records = new Records(journal);
    this.work = factory.on(journal);
    this.locks = new WorkLocks(locks);
    this.doubts = new Doubts(records, open, clock);
    MirrorKeys keys = new MirrorKeys(state);
    this.mirror = new MetadataMirror(journal, keys);
    this.decisions = new HandDecisions(records, work, this.locks, doubts, mirror);
    this.orphans = new Orphans(records, this.locks, open, decisions);
    this.lost = new LostBranches(records, this.locks, work, keys, mirror);
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
      held = Optional.of(locks.acquire(request.vm()));
      checkFree(request.vm());
      RollbackResult result = work.replace(link, id, request, progress, () -> open.checkWanted(id));
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

  /** The transaction ended in the last moment of the work. */
  private HypervisorException undone(HostLink link, BranchId id) {
    HypervisorException why = OpenBranches.tooLate();
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
    if (records.list().stream().anyMatch(b -> b.vm().equals(vm) && !b.phase().isOver())) {
      throw new HypervisorException(
          Reason.CAPTURE_IN_PROGRESS, "a rollback of VM " + vm + " is not over");
    }
  }

  /** VMs that are being replaced or brought back, whose coming and going means nothing. */
  public Set<UUID> atWork() {
    return locks.atWork();
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
      Branch prepared = restored(id).prepared();
      records.put(prepared);
      open.prepared(id);
      mirror.show(links, prepared);
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
      Uninterrupted.run(() -> work.complete(links.orUnavailable(), branch));
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

  /** Branches that wait for a decision, or to be forgotten; for the transaction manager's scan. */
  List<Xid> prepared() throws HypervisorException {
    return doubts.scan();
  }

  /** All branches there are. */
  public OpenRollbacks openRollbacks() throws HypervisorException {
    return doubts.view();
  }

  /** See {@link io.vmattest.hypervisor.api.HypervisorConnection#resolveRollback}. */
  public void resolve(HostLink link, String record, RollbackOutcome outcome)
      throws HypervisorException {
    decisions.resolve(link, record, outcome);
  }

  /**
   * Commits a prepared branch.
   *
   * @return what was decided by hand before; empty if nothing was
   * @throws IllegalStateException if it is not prepared
   */
  Optional<RollbackOutcome> commit(Links links, BranchId id) throws HypervisorException {
    return finish(
        links,
        id,
        branch -> {
          if (branch.phase() != Branch.Phase.PREPARED) {
            throw new IllegalStateException("the branch is " + branch.phase());
          }
          work.complete(links.orUnavailable(), branch);
        });
  }

  /**
   * Rolls back; a branch that is worked on undoes itself, and this does not wait for it.
   *
   * @return what was decided by hand before; empty if nothing was
   */
  Optional<RollbackOutcome> undo(Links links, BranchId id) throws HypervisorException {
    return open.doom(id)
        ? Optional.empty()
        : finish(links, id, branch -> work.undo(links.orUnavailable(), branch));
  }

  /**
   * Forgets what was decided by hand.
   *
   * @throws IllegalStateException if the branch is not over: its VM would be left as it is
   */
  void forget(BranchId id) throws HypervisorException {
    Optional<Branch> branch = records.find(id);
    if (branch.isPresent()) {
      if (!branch.get().phase().isOver()) {
        throw new IllegalStateException("the branch is " + branch.get().phase());
      }
      records.remove(id);
    }
  }

  /** How a branch is finished. */
  @FunctionalInterface
  private interface End {
    void of(Branch branch) throws HypervisorException;
  }

  /** Whatever happens, its lock is free afterwards: an orphan, or another try, needs it. */
  private Optional<RollbackOutcome> finish(Links links, BranchId id, End end)
      throws HypervisorException {
    Optional<VmLocks.Held> held = open.remove(id);
    try {
      Optional<Branch> branch = records.find(id);
      if (branch.filter(b -> !b.phase().isOver()).isPresent() && held.isEmpty()) {
        held = Optional.of(locks.acquire(branch.get().vm()));
        // It may have been finished before the lock was ours.
        branch = records.find(id);
      }
      if (branch.isPresent()) {
        Branch found = branch.get();
        End way = found.phase().decided().isEmpty() ? end : b -> decisions.settle(links, b);
        Uninterrupted.run(() -> way.of(found));
      }
      return branch.flatMap(b -> b.phase().decided());
    } finally {
      held.ifPresent(VmLocks.Held::close);
    }
  }

  /** Takes up what the journal has lost, and brings back what no transaction will finish. */
  public void undoOrphans(HostLink link) throws HypervisorException {
    lost.takeUp(link);
    orphans.undo(link);
  }

  /** Stops. Work goes on to its end, undoes itself, and keeps its lock until then. */
  @Override
  public void close() {
    orphans.close();
    open.close();
  }
}
