// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.server.ledger.LedgerParts;
import io.vmattest.server.operations.OperationStore;
import io.vmattest.server.operations.OperationStoreParts;
import io.vmattest.server.policy.ReactionTerms;
import io.vmattest.server.rollback.RollbackHistory.Limit;
import io.vmattest.server.rollback.RollbackHistory.Refusal;
import io.vmattest.server.testing.TestDatabase;
import jakarta.persistence.EntityManager;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RollbackHistoryTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration LONG = ReactionTerms.DEFAULT.coolDown();
  private static final Duration SHORT = LONG.minusSeconds(1);
  private static final Digest TARGET = Digest.sha256(new byte[] {1});
  private static final Digest OTHER = Digest.sha256(new byte[] {2});
  private static final Digest CAUSE = Digest.sha256(new byte[] {3});

  private final TestDatabase database = new TestDatabase();
  private final UUID vm = UUID.randomUUID();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void nothingSpeaksAgainstAVmsFirstRollback() {
    ended(UUID.randomUUID(), SHORT, TARGET, "ROLLBACK_FAILED", "RESTORE_FAILED");
    assertEquals(Optional.empty(), against());
  }

  @Test
  void noRollbackFollowsAnotherOnItsHeelsWhateverCameOfThat() {
    ended(vm, SHORT, OTHER, "ROLLBACK", "");
    assertTrue(against().orElseThrow().detail().contains("long enough"));
  }

  @Test
  void aRollbackThatTheServerDidNotSurviveCountsToo() {
    started(SHORT);
    database.run(em -> store(em).failUnfinished(OperationStoreParts.INTERRUPTED));
    assertTrue(against().orElseThrow().detail().contains("long enough"));
  }

  @Test
  void oneThatStillRunsIsWaitedFor() {
    started(LONG.multipliedBy(2));
    assertTrue(against().orElseThrow().detail().contains("running"));
  }

  @Test
  void afterTheCoolDownASuccessIsRepeated() {
    ended(vm, LONG, TARGET, "ROLLBACK", "");
    assertEquals(Optional.empty(), against());
  }

  @Test
  void aTargetThatFailedIsNotTriedAgain() {
    ended(vm, LONG.multipliedBy(100), TARGET, "ROLLBACK_FAILED", "SNAPSHOT_DAMAGED");
    ended(vm, LONG.multipliedBy(2), OTHER, "ROLLBACK", "");
    assertTrue(against().orElseThrow().detail().contains("SNAPSHOT_DAMAGED"));
  }

  @Test
  void aFailureThatPassesByItselfIsTriedAgain() {
    ended(vm, LONG, TARGET, "ROLLBACK_FAILED", "HOST_UNAVAILABLE");
    assertEquals(Optional.empty(), against());
  }

  @Test
  void aTargetThatSucceededSinceItFailedIsTriedAgain() {
    ended(vm, LONG.multipliedBy(3), TARGET, "ROLLBACK_FAILED", "RESTORE_FAILED");
    ended(vm, LONG.multipliedBy(2), TARGET, "ROLLBACK", "");
    assertEquals(Optional.empty(), against());
  }

  @Test
  void thatATargetWasBegunSaysNothingOnHowItEnded() {
    ended(vm, LONG.multipliedBy(3), TARGET, "ROLLBACK_FAILED", "RESTORE_FAILED");
    ended(vm, LONG.multipliedBy(2), TARGET, "ROLLBACK_STARTED", "");
    assertTrue(against().orElseThrow().detail().contains("RESTORE_FAILED"));
  }

  @Test
  void theSameDiscrepancyIsNotRolledBackTwiceUntilAPersonActs() {
    automatic(LONG.multipliedBy(3), CAUSE);
    assertEquals(Optional.of(Limit.SAME_DISCREPANCY), limit());
    acts(LedgerEntryData.Type.BASELINE);
    assertEquals(Optional.empty(), limit());
  }

  @Test
  void aPolicyThatIsSetOrARollbackByHandIsAPersonsActToo() {
    automatic(LONG.multipliedBy(3), CAUSE);
    started(LONG.multipliedBy(2), "");
    assertEquals(Optional.empty(), limit());
    automatic(LONG.multipliedBy(3), CAUSE);
    acts(LedgerEntryData.Type.POLICY);
    assertEquals(Optional.empty(), limit());
  }

  @Test
  void theSameDiscrepancyIsKnownBehindAnother() {
    automatic(LONG.multipliedBy(5), CAUSE);
    automatic(LONG.multipliedBy(3), OTHER);
    assertEquals(Optional.of(Limit.SAME_DISCREPANCY), limit());
  }

  @Test
  void anotherDiscrepancyIsRolledBack() {
    automatic(LONG.multipliedBy(3), OTHER);
    assertEquals(Optional.empty(), limit());
  }

  @Test
  void oneWhoseRollbackFailedInPassingHasNotComeBack() {
    started(LONG.multipliedBy(3), CAUSE.hex());
    ended(vm, LONG.multipliedBy(3), TARGET, "ROLLBACK_FAILED", "BUSY");
    assertEquals(Optional.empty(), limit());
  }

  @Test
  void soManyAsThePeriodAllowsAndNoMore() {
    automatic(Duration.ofHours(25), digest(10));
    automatic(Duration.ofHours(20), digest(11));
    automatic(Duration.ofHours(10), digest(12));
    assertEquals(Optional.empty(), limit());
    automatic(Duration.ofHours(5), digest(13));
    assertEquals(Optional.of(Limit.MOST_ROLLBACKS), limit());
  }

  @Test
  void whatPeopleRolledBackIsNotCounted() {
    for (int i = 0; i < 5; i++) {
      started(LONG.multipliedBy(3), "");
      ended(vm, LONG.multipliedBy(3), TARGET, "ROLLBACK", "");
    }
    assertEquals(Optional.empty(), limit());
  }

  private Optional<Limit> limit() {
    return against().map(Refusal::limit);
  }

  private static Digest digest(int value) {
    return Digest.sha256(new byte[] {(byte) value});
  }

  private void automatic(Duration ago, Digest cause) {
    started(ago, cause.hex());
    ended(vm, ago, TARGET, "ROLLBACK", "");
  }

  private void started(Duration ago, String cause) {
    append(
        LedgerEntryData.Type.ROLLBACK,
        ago,
        "{\"outcome\": \"ROLLBACK_STARTED\", \"report\": \"%s\", \"cause\": \"%s\"}"
            .formatted(TARGET.hex(), cause));
  }

  private void acts(LedgerEntryData.Type type) {
    append(type, Duration.ZERO, "{}");
  }

  private void append(LedgerEntryData.Type type, Duration ago, String body) {
    database.run(
        em ->
            LedgerParts.ledger(em, at(ago))
                .append(type, Optional.of(vm), body.getBytes(StandardCharsets.UTF_8), "entry"));
  }

  private Optional<Refusal> against() {
    return database.transaction(
        em -> {
          RollbackHistory history = new RollbackHistory();
          history.ledger = LedgerParts.ledger(em, at(Duration.ZERO));
          history.operations = store(em);
          history.clock = at(Duration.ZERO);
          return history.against(vm, TARGET, CAUSE, ReactionTerms.DEFAULT);
        });
  }

  private void started(Duration ago) {
    database.run(
        em -> store(em).started(UUID.randomUUID(), "rollback", Optional.of(vm), NOW.minus(ago)));
  }

  private void ended(UUID id, Duration ago, Digest target, String outcome, String reason) {
    String body =
        "{\"outcome\": \"%s\", \"report\": \"%s\", \"reason\": \"%s\"}"
            .formatted(outcome, target.hex(), reason);
    database.run(
        em ->
            LedgerParts.ledger(em, at(ago))
                .append(
                    LedgerEntryData.Type.ROLLBACK,
                    Optional.of(id),
                    body.getBytes(StandardCharsets.UTF_8),
                    Map.of(outcome, reason).toString()));
  }

  private static Clock at(Duration ago) {
    return Clock.fixed(NOW.minus(ago), ZoneOffset.UTC);
  }

  private static OperationStore store(EntityManager em) {
    return OperationStoreParts.store(em);
  }
}
