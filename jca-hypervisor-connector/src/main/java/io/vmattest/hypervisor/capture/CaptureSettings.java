// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

/**
 * How guests of a host are captured.
 *
 * @param modes of running guests
 */
public record CaptureSettings(ModePolicy modes) {
  /** What is used where nothing is said. */
  public static CaptureSettings defaults() {
    return new CaptureSettings(ModePolicy.LIVE);
  }

  public CaptureSettings withModes(ModePolicy other) {
    return new CaptureSettings(other);
  }
}
