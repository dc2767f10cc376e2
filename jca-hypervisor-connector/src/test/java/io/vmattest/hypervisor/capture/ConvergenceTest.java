// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConvergenceTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "5 | 5",
        "7 | 5 7",
        "100 | 5 10 20 50 100",
        "500 | 5 10 20 50 100 200 500",
        "60000 | 5 10 20 50 100 200 500 1000 2000 5000 10000 60000"
      })
  void allowsLongerPausesStepByStepUpToThePolicyAndThenGivesUp(long maxMillis, String expected) {
    Convergence convergence = new StepwiseConvergence(Duration.ofMillis(maxMillis));
    List<Integer> limits = new ArrayList<>(List.of(convergence.firstMillis()));
    long passes = 1;
    while (!convergence.isHopeless(passes)) {
      convergence.raise(passes++).ifPresent(limits::add);
      assertTrue(passes < 10_000, "never hopeless");
    }
    assertEquals(Stream.of(expected.split(" ")).map(Integer::valueOf).toList(), limits);
  }

  @Test
  void aFewPassesAreNoReasonForALongerPause() {
    Convergence convergence = new StepwiseConvergence(Duration.ofMillis(500));
    assertTrue(convergence.raise(5).isEmpty());
    assertFalse(convergence.isHopeless(5));
  }

  @Test
  void anEmulatedGuestIsReadInOnePass() {
    Convergence convergence = new SinglePass();
    assertEquals(0, convergence.firstMillis());
    assertTrue(convergence.raise(1_000).isEmpty());
    assertFalse(convergence.isHopeless(2));
    assertTrue(convergence.isHopeless(3));
  }
}
