// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
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
}
