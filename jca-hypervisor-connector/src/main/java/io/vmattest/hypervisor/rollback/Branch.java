// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.RollbackOutcome;
import java.util.Optional;
import java.util.UUID;

/**
 * What must be known to finish a rollback whatever dies, kept on disk from before the VM is
 * touched.
 *
 * @param attested the snapshot that the VM is put back to
 * @param report the attested report, signed, in base64: what a restored guest is compared with
 * @param suspect the snapshot of the state that is replaced; there from REPLACING on
 * @param wasRunning whether the VM ran before
 * @param definition XML of its persistent definition, if it had one
 * @param process which QEMU holds the restored guest, see {@link ProcessIdentity}; there from
 *     RESTORED on
 */
record Branch(
    BranchId id,
    UUID vm,
    Digest attested,
    String report,
    Optional<Digest> suspect,
    boolean wasRunning,
    Optional<String> definition,
    Optional<String> process,
    Phase phase) {

  /** How far it has come. */
  enum Phase {
    /** The VM is suspended, and its state is being captured. */
    CAPTURING,
    /** The VM is gone, or half restored; the suspect comes back. */
    REPLACING,
    /** The restored VM stands paused and is the attested one; unless prepared, it goes again. */
    RESTORED,
    /** The restored VM stands paused; the transaction manager decides. */
    PREPARED,
    /** Decided by hand, not by the transaction manager: the restored VM is let go. */
    COMMITTING_BY_HAND,
    /** Decided by hand: the suspect comes back. */
    UNDOING_BY_HAND,
    /** Decided and done by hand. The VM is free; the record waits to be forgotten. */
    COMMITTED_BY_HAND,
    /** The same, with the other outcome. */
    UNDONE_BY_HAND;

    /** Whether nothing is to be done to the VM any more. */
    boolean isOver() {
      return this == COMMITTED_BY_HAND || this == UNDONE_BY_HAND;
    }

    /** What was decided by hand. */
    Optional<RollbackOutcome> decided() {
      return switch (this) {
        case COMMITTING_BY_HAND, COMMITTED_BY_HAND -> Optional.of(RollbackOutcome.COMMIT);
        case UNDOING_BY_HAND, UNDONE_BY_HAND -> Optional.of(RollbackOutcome.ROLL_BACK);
        default -> Optional.empty();
      };
    }
  }

  Branch replacing(Digest suspectSnapshot) {
    return in(Phase.REPLACING, Optional.of(suspectSnapshot), process);
  }

  Branch restored(String restoredProcess) {
    return in(Phase.RESTORED, suspect, Optional.of(restoredProcess));
  }

  Branch prepared() {
    return in(Phase.PREPARED, suspect, process);
  }

  /** Decided by hand, before anything is done. */
  Branch decided(RollbackOutcome outcome) {
    boolean commit = outcome == RollbackOutcome.COMMIT;
    return in(commit ? Phase.COMMITTING_BY_HAND : Phase.UNDOING_BY_HAND, suspect, process);
  }

  /** What stays of it when its VM is free again; empty if nothing does. */
  Optional<Branch> remains() {
    return phase
        .decided()
        .map(o -> o == RollbackOutcome.COMMIT ? Phase.COMMITTED_BY_HAND : Phase.UNDONE_BY_HAND)
        .map(over -> in(over, suspect, process));
  }

  /** Prepared as before, with the guest in another process. */
  Branch restoredAgain(String restoredProcess) {
    return in(phase, suspect, Optional.of(restoredProcess));
  }

  private Branch in(Phase newPhase, Optional<Digest> newSuspect, Optional<String> newProcess) {
    return new Branch(
        id, vm, attested, report, newSuspect, wasRunning, definition, newProcess, newPhase);
  }
}
