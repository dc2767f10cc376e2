// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CloneRequestTest {
  private static void refused(Optional<Long> minutes, Optional<String> why) {
    assertEquals(
        Problem.INVALID_REQUEST,
        assertThrows(ServiceException.class, () -> CloneRequest.of(minutes, why, "carol"))
            .problem());
  }

  @Test
  void aCloneLivesForAnHourUnlessMoreOrLessIsAskedFor() {
    assertEquals(
        Duration.ofHours(1), CloneRequest.of(Optional.empty(), Optional.empty(), "carol").life());
    assertEquals(
        Duration.ofMinutes(480), CloneRequest.of(Optional.of(480L), Optional.empty(), "x").life());
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 481, Long.MAX_VALUE})
  void aTimeOutOfBoundsIsRefused(long minutes) {
    refused(Optional.of(minutes), Optional.empty());
  }

  @Test
  void aReasonHasSomethingToSayAndAnEnd() {
    refused(Optional.empty(), Optional.of(" "));
    refused(Optional.empty(), Optional.of("x".repeat(501)));
    assertEquals(
        Optional.of("x".repeat(500)),
        CloneRequest.of(Optional.empty(), Optional.of("x".repeat(500)), "carol").why());
  }
}
