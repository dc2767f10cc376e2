// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

/**
 * How guests of a host are captured.
 *
 * @param modes of running guests
 * @param budget of what all captures take together
 * @param maxDiskLayers images that the chain of a disk may have
 * @param inspectGuests whether captured memory is looked into
 */
public record CaptureSettings(
    ModePolicy modes, BudgetLimits budget, int maxDiskLayers, boolean inspectGuests) {
  /** A chain of so many images is still read without delay. */
  public static final int DISK_LAYERS = 32;

  /** What is used where nothing is said. */
  public static CaptureSettings defaults() {
    return new CaptureSettings(ModePolicy.LIVE, BudgetLimits.ofThisHost(), DISK_LAYERS, true);
  }

  public CaptureSettings withModes(ModePolicy other) {
    return new CaptureSettings(other, budget, maxDiskLayers, inspectGuests);
  }

  public CaptureSettings withBudget(BudgetLimits other) {
    return new CaptureSettings(modes, other, maxDiskLayers, inspectGuests);
  }

  public CaptureSettings withMaxDiskLayers(int other) {
    return new CaptureSettings(modes, budget, other, inspectGuests);
  }

  public CaptureSettings withInspectGuests(boolean other) {
    return new CaptureSettings(modes, budget, maxDiskLayers, other);
  }
}
