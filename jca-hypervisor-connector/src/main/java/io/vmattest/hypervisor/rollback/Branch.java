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
 * @param suspect the snapshot of the state that is replaced; there from REPLACING on
 * @param wasRunning whether the VM ran before
 * @param definition XML of its persistent definition, if it had one
 */
record Branch(
    BranchId id,
    UUID vm,
    Digest attested,
    Optional<Digest> suspect,
    boolean wasRunning,
    Optional<String> definition,
    Phase phase) {

  /** How far it has come. */
  enum Phase {
    /** The VM is suspended, and its state is being captured. */
    CAPTURING,
    /** The VM is gone, or is the restored one already; unless prepared, the suspect comes back. */
    REPLACING,
    /** The restored VM stands paused; the transaction manager decides. */
    PREPARED
  }

  Branch replacing(Digest suspectSnapshot) {
    return new Branch(
        id, vm, attested, Optional.of(suspectSnapshot), wasRunning, definition, Phase.REPLACING);
  }

  Branch prepared() {
    return new Branch(id, vm, attested, suspect, wasRunning, definition, Phase.PREPARED);
  }
}
