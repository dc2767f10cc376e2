// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import io.vmattest.core.report.Digest;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A rollback that is not over, as the host's journal has it.
 *
 * @param id of its record: 64 lower-case hexadecimal digits, the same for all of its life
 * @param since when it came into this phase
 * @param attested the snapshot that the VM is put back to
 * @param suspect the snapshot of the state that is replaced; empty until it is captured
 * @param wasRunning whether the VM ran before
 * @param inDoubt whether it is prepared and its transaction is none of this process's: the
 *     transaction manager's recovery decides it, if that still knows it
 * @param unclaimed whether recovery was shown it again and again and left it: then it may be
 *     decided by hand
 */
public record OpenRollback(
    String id,
    UUID vm,
    Phase phase,
    Instant since,
    Digest attested,
    Optional<Digest> suspect,
    boolean wasRunning,
    boolean inDoubt,
    boolean unclaimed) {

  /** How far it has come. */
  public enum Phase {
    /** The VM is suspended, and its state is being captured. */
    CAPTURING,
    /** The VM is gone, or half restored; the suspect comes back. */
    REPLACING,
    /** The restored VM stands paused; unless it is prepared, it goes again. */
    RESTORED,
    /** The restored VM stands paused, and the transaction manager decides. */
    PREPARED,
    /** Decided by hand: the restored VM is being let go. */
    COMMITTING_BY_HAND,
    /** Decided by hand: the suspect is being brought back. */
    UNDOING_BY_HAND,
    /** Decided and done by hand; kept for the transaction manager, should it ask after all. */
    COMMITTED_BY_HAND,
    /** The same, with the other outcome. */
    UNDONE_BY_HAND
  }
}
