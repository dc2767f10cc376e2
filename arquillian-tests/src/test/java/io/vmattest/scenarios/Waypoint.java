// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import java.util.Locale;

/**
 * A named point on a rollback's way, as a location of Byteman's: before, in and after the work,
 * prepare, commit and rollback.
 */
enum Waypoint {
  BEFORE_WORK("RollbackXaResource", "rollBack", "AT ENTRY"),
  SUSPECT_JOURNALLED("RollbackManager", "captureSuspect", "AT ENTRY"),
  SUSPECT_CAPTURED("RollbackManager", "captureSuspect", "AT EXIT"),
  REPLACING_JOURNALLED("RollbackManager", "replace", "AFTER INVOKE MirroredJournal.put"),
  SUSPECT_KILLED("QemuEnd", "of", "AT INVOKE GuestDomain.destroy"),
  SUSPECT_DESTROYED("RollbackManager", "replace", "AFTER INVOKE QemuEnd.of"),
  GUEST_RESTORED("RollbackManager", "replace", "AFTER INVOKE GuestRestorer.restore"),
  GUEST_COMPARED("RollbackManager", "finishRestored", "AFTER INVOKE RestoredState.check"),
  RESTORED_JOURNALLED("RollbackManager", "finishRestored", "AT EXIT"),
  BEFORE_PREPARE("RollbackXaResource", "prepare", "AT ENTRY"),
  PREPARED_JOURNALLED("Rollbacks", "prepare", "AFTER INVOKE Records.put"),
  AFTER_PREPARE("RollbackXaResource", "prepare", "AT EXIT"),
  /** The transaction manager's log has it, and no resource knows. */
  DECIDED("com.arjuna.ats.arjuna.coordinator.BasicAction", "phase2Commit", "AT ENTRY"),
  BEFORE_COMMIT("RollbackXaResource", "commit", "AT ENTRY"),
  BEFORE_RESUME("BranchEnd", "runIfItRan", "AT ENTRY"),
  AFTER_RESUME("BranchEnd", "runIfItRan", "AT EXIT"),
  BRANCH_REMOVED("BranchEnd", "finish", "AFTER INVOKE MirroredJournal.close ALL"),
  AFTER_COMMIT("RollbackXaResource", "commit", "AT EXIT"),
  BEFORE_ROLLBACK("RollbackXaResource", "rollback", "AT ENTRY"),
  RESTORED_DESTROYED("BranchEnd", "destroyIfActive", "AT EXIT"),
  AFTER_ROLLBACK("RollbackXaResource", "rollback", "AT EXIT"),
  /** Two people want it, and nothing was begun: no point of the matrix. */
  APPROVED("io.vmattest.server.reaction.ApprovedRollbacks", "start", "AT ENTRY");

  private static final String ROLLBACK = "io.vmattest.hypervisor.rollback.";

  private final String type;
  private final String method;
  private final String location;

  Waypoint(String type, String method, String location) {
    this.type = type.contains(".") ? type : ROLLBACK + type;
    this.method = method;
    this.location = location;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A rule at this point (Byteman Programmer's Guide, "The Byteman Rule Language"). */
  String rule(String purpose, String bindings, String condition, String action) {
    // Other transactions end at the same time; the rollback's own thread has just prepared.
    String here = this == DECIDED ? "flagged(Thread.currentThread()) AND " : "";
    return """
        RULE %s %s
        CLASS %s
        METHOD %s
        %s
        BIND %s
        IF %s%s
        DO %s
        ENDRULE
        """
        .formatted(purpose, label(), type, method, location, bindings, here, condition, action);
  }
}
