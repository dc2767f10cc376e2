// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

/**
 * How guests of a host are captured.
 *
 * @param modes of running guests
 * @param budget of what all captures take together
 */
public record CaptureSettings(ModePolicy modes, BudgetLimits budget) {
  /** What is used where nothing is said. */
  public static CaptureSettings defaults() {
    return new CaptureSettings(ModePolicy.LIVE, BudgetLimits.ofThisHost());
  }

  public CaptureSettings withModes(ModePolicy other) {
    return new CaptureSettings(other, budget);
  }

  public CaptureSettings withBudget(BudgetLimits other) {
    return new CaptureSettings(modes, other);
  }
}
