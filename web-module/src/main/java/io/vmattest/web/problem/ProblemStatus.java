// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.problem;

import io.vmattest.server.problem.Problem;

/** The HTTP status that a kind of failure is answered with (RFC 9110, 15; RFC 4918, 11). */
public final class ProblemStatus {
  private ProblemStatus() {}

  public static int of(Problem problem) {
    return switch (problem) {
      case INVALID_REQUEST -> 400;
      case NOT_ALLOWED -> 403;
      case NO_SUCH_VM,
          NO_SUCH_REPORT,
          NO_SUCH_ENTRY,
          NO_SUCH_OPERATION,
          NO_SUCH_SNAPSHOT,
          NO_SUCH_ROLLBACK,
          NO_SUCH_CLONE,
          NO_QUARANTINE,
          NO_SUCH_PROPOSAL,
          NOT_IN_MAINTENANCE ->
          404;
      case VM_NOT_ACTIVE,
          CAPTURE_IN_PROGRESS,
          DISK_CHAIN_TOO_LONG,
          DISK_CHAIN_DIFFERS,
          NO_BASELINE,
          DEFINITION_DIFFERS,
          ROLLBACK_NOT_IN_DOUBT,
          PROPOSAL_OPEN,
          PROPOSAL_CLOSED,
          IN_MAINTENANCE,
          SNAPSHOT_IN_USE,
          SNAPSHOT_PINNED ->
          409;
      case CONFIDENTIAL_GUEST,
          MIGRATION_BLOCKED,
          DISK_NOT_SUPPORTED,
          NOT_CONVERGING,
          MODE_UNAVAILABLE,
          SNAPSHOT_DAMAGED,
          KERNEL_MALFORMED,
          CLONE_NOT_ISOLABLE,
          IDEMPOTENCY_KEY_REUSED ->
          422;
      case CAPTURE_FAILED,
          RESTORE_FAILED,
          RESTORED_STATE_DIFFERS,
          REPORT_REJECTED,
          LEDGER_DAMAGED ->
          500;
      case TEE_UNAVAILABLE,
          HSM_UNAVAILABLE,
          LEDGER_OLDER,
          HOST_UNAVAILABLE,
          HOST_MEMORY_LOW,
          ENROLMENT_REFUSED,
          REPORT_NOT_APPENDED,
          BUSY ->
          503;
      case STORAGE_FULL -> 507;
    };
  }
}
