// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.operations.OperationStore;
import io.vmattest.server.problem.Problem;
import jakarta.ejb.Stateless;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** What the last rollbacks of a VM say on another one that nobody asked for. */
@Stateless
public class RollbackHistory {
  /** Between a rollback and the next automatic one. */
  static final Duration COOL_DOWN = Duration.ofMinutes(10);

  private static final int LOOKED_AT = 40;
  private static final String STARTED = ServerEvent.Type.ROLLBACK_STARTED.name();

  /** Failures that can pass by themselves. */
  private static final Set<String> PASSING =
      Set.of(
          Problem.BUSY.name(),
          Problem.CAPTURE_IN_PROGRESS.name(),
          Problem.HOST_UNAVAILABLE.name(),
          Problem.TEE_UNAVAILABLE.name(),
          Problem.HSM_UNAVAILABLE.name(),
          Problem.LEDGER_OLDER.name(),
          Problem.REPORT_NOT_APPENDED.name(),
          Problem.DISK_CHAIN_TOO_LONG.name(),
          Problem.DISK_CHAIN_DIFFERS.name(),
          Problem.STORAGE_FULL.name());

  @Inject Ledger ledger;
  @Inject OperationStore operations;
  @Inject Clock clock;

  /**
   * Why a VM should not be rolled back to a report automatically now; empty if nothing speaks
   * against it.
   */
  public Optional<String> against(UUID vm, Digest target) {
    Optional<Operation> last = operations.last(RollbackService.KIND, vm);
    if (last.map(Operation::state).equals(Optional.of(Operation.State.RUNNING))) {
      return Optional.of("a rollback is running");
    }
    List<LedgerRecord> ended = ledger.latest(LedgerEntryData.Type.ROLLBACK, vm, LOOKED_AT);
    if (last.map(Operation::startedAt).filter(this::isRecent).isPresent()
        || ended.stream().anyMatch(entry -> isRecent(entry.data().at()))) {
      return Optional.of("its last rollback is not long enough ago");
    }
    return ended.stream()
        .map(RollbackHistory::body)
        .filter(body -> body.getString("report", "").equals(target.hex()))
        .filter(body -> !body.getString("outcome", "").equals(STARTED))
        .findFirst()
        .filter(RollbackHistory::failedForGood)
        .map(body -> "the last rollback to this report failed: " + body.getString("reason", ""));
  }

  private boolean isRecent(Instant at) {
    return at.plus(COOL_DOWN).isAfter(clock.instant());
  }

  private static boolean failedForGood(JsonObject body) {
    return body.getString("outcome", "").equals(ServerEvent.Type.ROLLBACK_FAILED.name())
        && !PASSING.contains(body.getString("reason", ""));
  }

  private static JsonObject body(LedgerRecord entry) {
    try (JsonReader reader = JSON.createReader(new ByteArrayInputStream(entry.body()))) {
      return reader.readObject();
    }
  }
}
