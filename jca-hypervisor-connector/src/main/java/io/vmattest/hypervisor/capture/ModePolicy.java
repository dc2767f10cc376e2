// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.core.report.CaptureMode;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import java.util.Locale;
import java.util.Optional;

/**
 * In which mode a running guest is captured. Disks cannot be frozen in the pause of a background
 * snapshot, so that a capture with its disks is always a live one.
 */
public enum ModePolicy {
  /** Always live. */
  LIVE,
  /** In the background, and not at all where that is not possible. */
  BACKGROUND,
  /** Live, and in the background if the guest writes faster than its memory can be read. */
  AUTO;

  /**
   * @param setting live, background or auto
   * @throws IllegalArgumentException if it is none of them
   */
  public static ModePolicy of(String setting) {
    for (ModePolicy policy : values()) {
      if (policy.name().toLowerCase(Locale.ROOT).equals(setting)) {
        return policy;
      }
    }
    throw new IllegalArgumentException(
        "the capture mode is live, background or auto, not '" + setting + "'");
  }

  /** What is tried first. */
  CaptureMode first(RunState state, boolean freezeDisks) {
    if (state != RunState.RUNNING) {
      return CaptureMode.SUSPENDED;
    }
    return this == BACKGROUND && !freezeDisks ? CaptureMode.BACKGROUND : CaptureMode.LIVE;
  }

  /** What is tried when that failed. */
  Optional<CaptureMode> instead(CaptureMode tried, HypervisorException why, boolean freezeDisks) {
    boolean helps =
        this == AUTO
            && tried == CaptureMode.LIVE
            && why.reason() == Reason.NOT_CONVERGING
            && !freezeDisks;
    return helps ? Optional.of(CaptureMode.BACKGROUND) : Optional.empty();
  }
}
