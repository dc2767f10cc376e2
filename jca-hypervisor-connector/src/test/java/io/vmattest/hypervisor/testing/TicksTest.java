// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class TicksTest {
  @Test
  void ticksComeInTheOrderOfTheirLines() {
    assertEquals(List.of(1, 2), Ticks.of(List.of("booted", "tick 1", "tick 2", "tick x")));
  }

  @Test
  void aLineThatARollbackCutOffCountsByTheTickThatFollowedIt() {
    assertEquals(List.of(27, 21, 22), Ticks.of(List.of("tick 27", "tick 28tick 21", "tick 22")));
    assertEquals(List.of(21), Ticks.of(List.of("titick 21")));
  }

  @Test
  void theRestOfALineThatBeganBeforeTheSnapshotIsNoTick() {
    assertEquals(List.of(30, 9), Ticks.of(List.of("tick 30", "8", "tick 9")));
  }
}
