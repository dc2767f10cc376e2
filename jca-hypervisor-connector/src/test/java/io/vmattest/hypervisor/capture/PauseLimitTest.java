// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PauseLimitTest {
  private final PauseLimit limit = new PauseLimit(Duration.ofMillis(20));

  @Test
  void aPauseUpToTheLimitIsAllowed() {
    assertTrue(limit.exceededBy(Duration.ZERO).isEmpty());
    assertTrue(limit.exceededBy(Duration.ofMillis(20)).isEmpty());
  }

  @Test
  void aLongerPauseIsNamedWithItsLimit() {
    HypervisorException exceeded =
        limit.exceededBy(Duration.ofMillis(20).plusNanos(100_000)).orElseThrow();
    assertEquals(Reason.NOT_CONVERGING, exceeded.reason());
    assertEquals(
        "the guest stood still for 20.1 ms, and its policy allows 20.0 ms", exceeded.getMessage());
  }
}
