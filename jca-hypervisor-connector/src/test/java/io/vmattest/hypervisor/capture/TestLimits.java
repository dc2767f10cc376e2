// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** Limits for captures that tests make themselves. */
final class TestLimits {
  private static final Duration LONG = Duration.ofSeconds(60);

  private TestLimits() {}

  /** A minute for everything, the pause too. */
  static LiveLimits patient() {
    return with(CapturePhase.SETTING_UP, LONG);
  }

  /** The same, but for one phase. */
  static LiveLimits with(CapturePhase phase, Duration limit) {
    Map<CapturePhase, Duration> each = new EnumMap<>(CapturePhase.class);
    for (CapturePhase every : CapturePhase.values()) {
      each.put(every, LONG);
    }
    each.put(phase, limit);
    return new LiveLimits(new PhaseLimits(each), LONG, () -> BudgetLimits.UNLIMITED);
  }

  static LiveLimits pausingAtMost(Duration maxPause) {
    LiveLimits patient = patient();
    return new LiveLimits(patient.phases(), maxPause, patient.bandwidth());
  }
}
