// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.capture.VmLocks;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The branches of this process's transactions, and the locks of their VMs once the work is done. A
 * transaction may end while the work goes on: its branch is then doomed, and the work undoes
 * itself.
 */
final class OpenBranches {
  private enum State {
    /** Its thread works, and holds the lock itself. */
    WORKING,
    /** The transaction is over, and was not committed. */
    DOOMED,
    /** Waits for the transaction, with the lock. */
    DONE,
    /** The same, and the journal says so. */
    PREPARED
  }

  private record Entry(State state, Optional<VmLocks.Held> lock) {}

  private final Map<BranchId, Entry> entries = new HashMap<>();

  /**
   * @throws HypervisorException with reason CAPTURE_IN_PROGRESS if the transaction has one already
   */
  synchronized void begin(BranchId id) throws HypervisorException {
    if (entries.putIfAbsent(id, new Entry(State.WORKING, Optional.empty())) != null) {
      throw new HypervisorException(
          Reason.CAPTURE_IN_PROGRESS, "a transaction rolls back one VM, and this one does already");
    }
  }

  /**
   * The work's end.
   *
   * @return whether the lock was taken over; false if the branch is doomed
   */
  synchronized boolean done(BranchId id, VmLocks.Held lock) {
    if (!isIn(id, State.WORKING)) {
      return false;
    }
    entries.put(id, new Entry(State.DONE, Optional.of(lock)));
    return true;
  }

  /**
   * The transaction's end, if that comes before the work's.
   *
   * @return whether the work goes on, and will undo itself
   */
  synchronized boolean doom(BranchId id) {
    if (isIn(id, State.WORKING)) {
      entries.put(id, new Entry(State.DOOMED, Optional.empty()));
    }
    return isIn(id, State.DOOMED);
  }

  synchronized void prepared(BranchId id) {
    entries.computeIfPresent(id, (key, entry) -> new Entry(State.PREPARED, entry.lock()));
  }

  /** Whether its work is done, here, and its transaction is not over. */
  synchronized boolean isDone(BranchId id) {
    return isIn(id, State.DONE) || isIn(id, State.PREPARED);
  }

  /**
   * @throws HypervisorException if the branch is doomed
   */
  synchronized void checkWanted(BranchId id) throws HypervisorException {
    if (isIn(id, State.DOOMED)) {
      throw tooLate();
    }
  }

  static HypervisorException tooLate() {
    return new HypervisorException(
        Reason.RESTORE_FAILED, "the transaction was over before its rollback was done");
  }

  synchronized boolean contains(BranchId id) {
    return entries.containsKey(id);
  }

  /** Forgets it and gives its lock back, if it has one. */
  synchronized Optional<VmLocks.Held> remove(BranchId id) {
    Entry entry = entries.remove(id);
    return entry == null ? Optional.empty() : entry.lock();
  }

  /** Nothing is done here any more: what is not prepared is doomed, and only work keeps a lock. */
  synchronized void close() {
    entries.values().forEach(entry -> entry.lock().ifPresent(VmLocks.Held::close));
    entries.values().removeIf(entry -> entry.state() == State.PREPARED);
    entries.replaceAll((id, entry) -> new Entry(State.DOOMED, Optional.empty()));
  }

  private boolean isIn(BranchId id, State state) {
    Entry entry = entries.get(id);
    return entry != null && entry.state() == state;
  }
}
