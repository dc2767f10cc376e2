// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.operations.OperationStore;
import io.vmattest.server.policy.ReactionTerms;
import io.vmattest.server.problem.Problem;
import jakarta.ejb.Stateless;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** What the last rollbacks of a VM say on another one that nobody asked for. */
@Stateless
public class RollbackHistory {
  /** More than twice as many as can be automatic in a period: each has two entries. */
  private static final int LOOKED_AT = 100;

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

  /** Why no rollback is started automatically. */
  public enum Limit {
    /** One goes on. */
    RUNNING,
    /** The same discrepancy came back after a rollback to this baseline. */
    SAME_DISCREPANCY,
    /** The last one to this report failed in a way that does not pass by itself. */
    FAILED_BEFORE,
    /** There were as many within the period as there may be. */
    MOST_ROLLBACKS,
    COOL_DOWN
  }

  /** A limit in the way of an automatic rollback, and one sentence on it. */
  public record Refusal(Limit limit, String detail) {}

  /**
   * A rollback that was done.
   *
   * @param report digest of what was gone back to, in hexadecimal digits
   */
  public record Success(Instant at, String report) {}

  /** The VM's last rollback that was done; empty if none of its last ones was. */
  public Optional<Success> lastSuccess(UUID vm) {
    return past(vm)
        .filter(PastRollback::isSuccess)
        .findFirst()
        .map(entry -> new Success(entry.at(), entry.report()));
  }

  private Stream<PastRollback> past(UUID vm) {
    return ledger.latest(LedgerEntryData.Type.ROLLBACK, vm, LOOKED_AT).stream()
        .map(PastRollback::of);
  }

  /**
   * Why a VM should not be rolled back to a report automatically now; empty if nothing speaks
   * against it.
   *
   * @param cause fingerprint of the discrepancy
   */
  public Optional<Refusal> against(UUID vm, Digest target, Digest cause, ReactionTerms terms) {
    return limits(vm, target, Optional.of(cause), terms).stream().findFirst();
  }

  /**
   * All that speaks against it, what lasts longest first.
   *
   * @param cause empty for any discrepancy that was there before
   */
  public List<Refusal> limits(UUID vm, Digest target, Optional<Digest> cause, ReactionTerms terms) {
    Optional<Operation> last = operations.last(RollbackService.KIND, vm);
    if (last.map(Operation::state).equals(Optional.of(Operation.State.RUNNING))) {
      return List.of(new Refusal(Limit.RUNNING, "a rollback is running"));
    }
    List<PastRollback> past = past(vm).toList();
    return Stream.of(
            cameBack(vm, past, target, cause),
            failedBefore(past, target),
            most(past, terms),
            coolDown(last, past, terms))
        .flatMap(Optional::stream)
        .toList();
  }

  private Optional<Refusal> cameBack(
      UUID vm, List<PastRollback> past, Digest target, Optional<Digest> cause) {
    long acted = lastActed(vm, past);
    // Latest first: what comes before a beginning is its end.
    for (int i = 1; i < past.size() && past.get(i).index() > acted; i++) {
      if (past.get(i).isStartFor(target, cause) && past.get(i - 1).isSuccessOf(target)) {
        return Optional.of(
            new Refusal(
                Limit.SAME_DISCREPANCY,
                "the same discrepancy came back after a rollback to this baseline; somebody has to"
                    + " look"));
      }
    }
    return Optional.empty();
  }

  /** Index of the entry by which a person last did something about the VM; -1 for none. */
  private long lastActed(UUID vm, List<PastRollback> past) {
    long rolledBack =
        past.stream()
            .filter(PastRollback::isStartByPerson)
            .mapToLong(PastRollback::index)
            .max()
            .orElse(-1);
    return Stream.of(LedgerEntryData.Type.POLICY, LedgerEntryData.Type.BASELINE)
        .flatMap(type -> ledger.latest(type, vm, 1).stream())
        .mapToLong(entry -> entry.data().index())
        .reduce(rolledBack, Math::max);
  }

  private static Optional<Refusal> failedBefore(List<PastRollback> past, Digest target) {
    return past.stream()
        .filter(entry -> entry.isEndOf(target))
        .findFirst()
        .filter(entry -> entry.isFailure() && !PASSING.contains(entry.reason()))
        .map(
            entry ->
                new Refusal(
                    Limit.FAILED_BEFORE,
                    "the last rollback to this report failed: " + entry.reason()));
  }

  private Optional<Refusal> coolDown(
      Optional<Operation> last, List<PastRollback> past, ReactionTerms terms) {
    Instant since = clock.instant().minus(terms.coolDown());
    boolean recent =
        last.map(Operation::startedAt).filter(since::isBefore).isPresent()
            || past.stream().anyMatch(entry -> since.isBefore(entry.at()));
    return recent
        ? Optional.of(new Refusal(Limit.COOL_DOWN, "its last rollback is not long enough ago"))
        : Optional.empty();
  }

  private Optional<Refusal> most(List<PastRollback> past, ReactionTerms terms) {
    Instant since = clock.instant().minus(terms.period());
    long automatic =
        past.stream()
            .filter(entry -> entry.isAutomaticStart() && since.isBefore(entry.at()))
            .count();
    return automatic < terms.mostRollbacks()
        ? Optional.empty()
        : Optional.of(
            new Refusal(
                Limit.MOST_ROLLBACKS,
                "it was rolled back %d times within %s".formatted(automatic, terms.period())));
  }
}
