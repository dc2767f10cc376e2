// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.report.Digest;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.server.testing.StandInStates;
import io.vmattest.server.testing.TestDatabase;
import jakarta.persistence.EntityManager;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OpenCasesTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration LONG = OpenCases.LENGTH.plusSeconds(1);

  private final TestDatabase database = new TestDatabase();
  private final StandInStates states = new StandInStates();
  private final UUID vm = UUID.randomUUID();

  @AfterEach
  void close() {
    database.close();
  }

  private static Snapshot snapshot(int number, String trigger, Duration ago) {
    ReportMaker report = new ReportMaker();
    report.trigger = trigger;
    return new Snapshot(
        digest(number),
        NOW.minus(ago),
        Optional.of(report.sign(new StandInTpm())),
        List.of(),
        Set.of());
  }

  private static Digest digest(int number) {
    return Digest.sha256(new byte[] {(byte) number});
  }

  private OpenCases cases(EntityManager em) {
    OpenCases cases = new OpenCases();
    cases.em = em;
    cases.states = states;
    cases.clock = Clock.fixed(NOW, ZoneOffset.UTC);
    return cases;
  }

  private Optional<Digest> open(Snapshot... oldestFirst) {
    return database.transaction(em -> cases(em).of(vm, List.of(oldestFirst)));
  }

  @Test
  void theLastSuspectIsACaseThoughItsVmIsVerifiedSince() {
    states.knows(vm, NOW, Optional.of(Verdict.VERIFIED));
    assertEquals(
        Optional.of(digest(2)),
        open(
            snapshot(1, "suspect", Duration.ofDays(2)),
            snapshot(2, "suspect", Duration.ofDays(1)),
            snapshot(3, "request", Duration.ZERO)));
  }

  @Test
  void whatNoRollbackReplacedIsNone() {
    assertEquals(Optional.empty(), open(snapshot(1, "request", Duration.ZERO)));
  }

  @Test
  void aCaseEndsByItselfAfterThirtyDaysIfTheVmIsVerified() {
    states.knows(vm, NOW, Optional.of(Verdict.VERIFIED));
    assertEquals(Optional.empty(), open(snapshot(1, "suspect", LONG)));
    assertEquals(Optional.of(digest(1)), open(snapshot(1, "suspect", OpenCases.LENGTH)));
    states.knows(vm, NOW, Optional.of(Verdict.DISCREPANT));
    assertEquals(Optional.of(digest(1)), open(snapshot(1, "suspect", LONG)));
  }

  @Test
  void aClosedCaseStaysClosedAndTheNextIsAnother() {
    database.run(em -> cases(em).close(vm, digest(1)));
    Snapshot first = snapshot(1, "suspect", Duration.ofDays(2));
    assertEquals(Optional.empty(), open(first));
    assertEquals(Optional.of(digest(2)), open(first, snapshot(2, "suspect", Duration.ofDays(1))));
  }
}
