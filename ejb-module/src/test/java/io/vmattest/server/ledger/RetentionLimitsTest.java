// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionLimitsTest {
  private static final Instant NOW = Instant.parse("2026-07-01T00:00:00Z");

  @Test
  void aTimeIsWrittenAsInIso8601AndNoneKeepsAll() {
    assertEquals(Optional.of(Duration.ofDays(90)), RetentionLimits.parse("P90D"));
    assertEquals(Optional.of(Duration.ofSeconds(2)), RetentionLimits.parse(" PT2S "));
    assertEquals(Optional.empty(), RetentionLimits.parse(""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"90", "P1Y", "P0D", "-P1D", "PT0S", "P36526D", "always"})
  void whatIsNoTimeIsRefusedWithTheNameOfTheProperty(String text) {
    String message =
        assertThrows(IllegalStateException.class, () -> RetentionLimits.parse(text)).toString();
    assertTrue(message.contains("vmattest.ledger.bodies.keep is \"" + text + "\""), message);
  }

  @Test
  void aFileThatIsNotFullWaitsForADayAndNeverLongerThanBodiesAreKept() {
    assertEquals(
        new RetentionLimits(
            Instant.parse("2026-06-01T00:00:00Z"), Instant.parse("2026-05-31T00:00:00Z")),
        RetentionLimits.at(NOW, Duration.ofDays(30)));
    assertEquals(
        new RetentionLimits(
            Instant.parse("2026-06-30T12:00:00Z"), Instant.parse("2026-06-30T00:00:00Z")),
        RetentionLimits.at(NOW, Duration.ofHours(12)));
  }
}
