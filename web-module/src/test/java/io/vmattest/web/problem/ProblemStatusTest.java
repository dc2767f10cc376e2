// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.problem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.server.problem.Problem;
import jakarta.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ProblemStatusTest {
  @ParameterizedTest
  @CsvSource({
    "INVALID_REQUEST,400",
    "NOT_ALLOWED,403",
    "NO_SUCH_VM,404",
    "CAPTURE_IN_PROGRESS,409",
    "VM_NOT_ACTIVE,409",
    "CONFIDENTIAL_GUEST,422",
    "MIGRATION_BLOCKED,422",
    "DISK_NOT_SUPPORTED,422",
    "DISK_CHAIN_TOO_LONG,409",
    "DISK_CHAIN_DIFFERS,409",
    "TEE_UNAVAILABLE,503",
    "HSM_UNAVAILABLE,503",
    "HOST_UNAVAILABLE,503",
    "NO_SUCH_SNAPSHOT,404",
    "SNAPSHOT_PINNED,409",
    "SNAPSHOT_IN_USE,409",
    "CLONE_NOT_ISOLABLE,422",
    "NO_SUCH_CLONE,404",
    "NO_SUCH_ROLLBACK,404",
    "IDEMPOTENCY_KEY_REUSED,422",
    "DEFINITION_DIFFERS,409",
    "ROLLBACK_NOT_IN_DOUBT,409",
    "HOST_MEMORY_LOW,503",
    "STORAGE_FULL,507",
    "LEDGER_DAMAGED,500",
    "LEDGER_OLDER,503"
  })
  void tellsCallersWhatTheyCanActOn(Problem problem, int status) {
    assertEquals(status, ProblemStatus.of(problem));
  }

  @ParameterizedTest
  @EnumSource(Problem.class)
  void everyKindIsAnError(Problem problem) {
    int status = ProblemStatus.of(problem);
    assertTrue(status >= 400 && status < 600);
  }

  @Test
  void aProblemHasEveryMember() {
    JsonObject json = ProblemResponse.json(404, "NO_SUCH_VM", "there is none", "/api/v1/vms/1");
    assertEquals("tag:vmattest.io,2026:problem/no-such-vm", json.getString("type"));
    assertEquals("No such VM", json.getString("title"));
    assertEquals(404, json.getInt("status"));
    assertEquals("there is none", json.getString("detail"));
    assertEquals("/api/v1/vms/1", json.getString("instance"));
    assertEquals("NO_SUCH_VM", json.getString("reason"));
  }
}
