// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.libvirt.MonitorEvent;
import org.junit.jupiter.api.Test;

class PauseMeterTest {
  private final PauseMeter meter = new PauseMeter();

  private void see(String name, long micros) {
    meter.see(new MonitorEvent(name, micros, ""));
  }

  @Test
  void measuresFromStopToResume() {
    see("MIGRATION", 1);
    see("STOP", 1_000);
    assertTrue(meter.isStanding());
    see("MIGRATION", 3_000);
    see("RESUME", 5_400);
    assertFalse(meter.isStanding());
    assertEquals(4_400, meter.micros());
  }

  @Test
  void aResumeWithoutStopIsNoPause() {
    see("RESUME", 5_400);
    assertEquals(0, meter.micros());
  }

  @Test
  void aClockThatGoesBackwardsGivesNoNegativePause() {
    see("STOP", 9_000);
    see("RESUME", 8_000);
    assertEquals(0, meter.micros());
  }
}
