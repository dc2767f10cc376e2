// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.server.policy.Retention;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RetentionPlanTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final SignedReport REPORT = new ReportMaker().sign(new StandInTpm());

  /** One a day, the last of them today. */
  private final List<Snapshot> kept = new ArrayList<>();

  private Snapshot keep(int daysAgo, Pin... pins) {
    return keep(daysAgo, Optional.of(REPORT), pins);
  }

  private Snapshot keep(int daysAgo, Optional<SignedReport> report, Pin... pins) {
    Digest digest = Digest.sha256(new byte[] {(byte) kept.size()});
    Snapshot snapshot =
        new Snapshot(
            digest, NOW.minus(Duration.ofDays(daysAgo)), report, List.of("vda"), Set.of(pins));
    kept.add(snapshot);
    return snapshot;
  }

  private Map<Snapshot, DropReason> plan(Optional<Long> count, Optional<Duration> age) {
    return new RetentionPlan(new Retention(count, age, Optional.empty()), NOW).byAgeAndCount(kept);
  }

  private static RetentionPlan ofBytes(long bytes) {
    return new RetentionPlan(
        new Retention(Optional.empty(), Optional.empty(), Optional.of(bytes)), NOW);
  }

  @Test
  void theOldestOfTooManyGo() {
    Snapshot oldest = keep(3);
    Snapshot old = keep(2);
    keep(1);
    keep(0);
    assertEquals(
        Map.of(oldest, DropReason.COUNT, old, DropReason.COUNT),
        plan(Optional.of(2L), Optional.empty()));
  }

  @Test
  void pinnedOnesCountAndStay() {
    keep(3, Pin.BASELINE);
    Snapshot old = keep(2);
    keep(1, Pin.OPEN_CASE);
    keep(0);
    assertEquals(Map.of(old, DropReason.COUNT), plan(Optional.of(2L), Optional.empty()));
  }

  @Test
  void theNewestIsNeverOneTooMany() {
    keep(1, Pin.BASELINE);
    keep(0);
    assertEquals(Map.of(), plan(Optional.of(1L), Optional.empty()));
  }

  @Test
  void whatIsTooOldGoesBeItTheNewestAndDoesNotCountTwice() {
    Snapshot oldest = keep(9);
    Snapshot newest = keep(8);
    assertEquals(
        Map.of(oldest, DropReason.AGE, newest, DropReason.AGE),
        plan(Optional.of(1L), Optional.of(Duration.ofDays(7))));
  }

  @Test
  void whatIsJustAsOldAsItMayBeStays() {
    keep(7);
    keep(7, Pin.BASELINE);
    assertEquals(Map.of(), plan(Optional.empty(), Optional.of(Duration.ofDays(7))));
    Snapshot over = keep(8);
    keep(9, Pin.BASELINE);
    assertEquals(
        Map.of(over, DropReason.AGE), plan(Optional.empty(), Optional.of(Duration.ofDays(7))));
  }

  @Test
  void whatNobodyKnowsWhatItIsStays() {
    keep(30, Optional.empty());
    keep(0);
    assertEquals(Map.of(), plan(Optional.of(1L), Optional.of(Duration.ofDays(7))));
  }

  @Test
  void theOldestThatMayGoMakesRoom() {
    keep(3, Pin.BASELINE);
    Snapshot old = keep(2);
    keep(0);
    assertEquals(Optional.of(old), ofBytes(1000).byBytes(kept, 1001));
    assertEquals(Optional.empty(), ofBytes(1000).byBytes(kept, 1000));
  }

  @Test
  void theNewestDoesNotMakeRoom() {
    keep(3, Pin.BASELINE);
    keep(0);
    assertEquals(Optional.empty(), ofBytes(1).byBytes(kept, 1000));
  }
}
