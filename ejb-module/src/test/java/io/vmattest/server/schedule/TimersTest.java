// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.LongSummaryStatistics;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TimersTest {
  @Test
  void timersOfVmsWithOneIntervalSpreadOverATenthOfItEitherWay() {
    LongSummaryStatistics millis =
        LongStream.range(0, 2000)
            .map(i -> Timers.jittered(Duration.ofSeconds(100)).toMillis())
            .summaryStatistics();
    assertTrue(millis.getMin() >= 90_000 && millis.getMax() <= 110_000);
    assertTrue(millis.getMax() - millis.getMin() > 15_000);
  }

  @Test
  void afterAStartAVmIsDueAnIntervalAfterItsLastReport() {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    for (int i = 0; i < 100; i++) {
      Duration left = Timers.left(Duration.ofSeconds(100), now.minusSeconds(60), now);
      assertTrue(left.toMillis() >= 30_000 && left.toMillis() <= 50_000, left::toString);
    }
  }

  @Test
  void vmsThatAreOverdueAfterAStartAreNotAttestedAtOneMoment() {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    LongSummaryStatistics millis =
        LongStream.range(0, 2000)
            .map(i -> Timers.left(Duration.ofSeconds(100), now.minusSeconds(900), now).toMillis())
            .summaryStatistics();
    assertTrue(millis.getMin() >= 0 && millis.getMax() <= 10_000);
    assertTrue(millis.getMax() - millis.getMin() > 7_500);
  }

  @Test
  void aReportFromTheFutureDoesNotKeepAVmFromBeingAttested() {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    Duration left = Timers.left(Duration.ofSeconds(100), now.plusSeconds(1_000_000), now);
    assertTrue(left.toMillis() <= 110_000, left::toString);
  }
}
