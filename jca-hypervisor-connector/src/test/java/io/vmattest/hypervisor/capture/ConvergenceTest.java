// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConvergenceTest {
  @Test
  void allowsLongerPausesStepByStepAndThenGivesUp() {
    Convergence convergence = new StepwiseConvergence();
    List<Integer> limits = new ArrayList<>(List.of(convergence.firstMillis()));
    long passes = 1;
    while (!convergence.isHopeless(passes)) {
      convergence.raise(passes++).ifPresent(limits::add);
      assertTrue(passes < 10_000, "never hopeless");
    }
    assertEquals(List.of(5, 10, 20, 50, 100), limits);
  }

  @Test
  void aFewPassesAreNoReasonForALongerPause() {
    Convergence convergence = new StepwiseConvergence();
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
