// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import io.vmattest.core.report.Digest;
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
    PREPARED
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

  /** Prepared as before, with the guest in another process. */
  Branch restoredAgain(String restoredProcess) {
    return in(phase, suspect, Optional.of(restoredProcess));
  }

  private Branch in(Phase newPhase, Optional<Digest> newSuspect, Optional<String> newProcess) {
    return new Branch(
        id, vm, attested, report, newSuspect, wasRunning, definition, newProcess, newPhase);
  }
}
