// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * How long each phase of a live capture may take.
 *
 * @param each a limit for every phase
 */
record PhaseLimits(Map<CapturePhase, Duration> each) {
  /** QMP commands that a busy QEMU and libvirtd answer within milliseconds. */
  private static final Duration COMMANDS = Duration.ofSeconds(30);

  /** What reading a guest takes at most, beside the time that its memory takes. */
  private static final Duration BASE = Duration.ofSeconds(60);

  private static final long SLOWEST_BYTES_A_SECOND = 50L << 20;

  /** How long the guest may stand for the switch of its disks, whatever its policy allows. */
  private static final Duration DISKS = Duration.ofSeconds(2);

  /** From the end of the memory on the module waits no longer than 2 s of it. */
  private static final Duration BEYOND_THE_PAUSE = Duration.ofSeconds(5);

  static final Duration RESUMPTION = Duration.ofSeconds(15);

  PhaseLimits {
    each = Map.copyOf(each);
    if (each.size() != CapturePhase.values().length) {
      throw new IllegalArgumentException("a phase without a limit");
    }
  }

  /**
   * @param bandwidth the least that the capture is granted, bytes a second
   * @param maxPause what the VM's policy allows
   */
  static PhaseLimits of(long memoryBytes, long bandwidth, Duration maxPause) {
    long slowest = Math.max(1, Math.min(SLOWEST_BYTES_A_SECOND, bandwidth / 2));
    Duration pass = BASE.plusSeconds(memoryBytes / slowest);
    Map<CapturePhase, Duration> each = new EnumMap<>(CapturePhase.class);
    each.put(CapturePhase.SETTING_UP, COMMANDS);
    each.put(CapturePhase.FIRST_PASS, pass);
    each.put(CapturePhase.CONVERGENCE, pass);
    each.put(CapturePhase.SWITCHOVER, maxPause.plus(BEYOND_THE_PAUSE));
    each.put(CapturePhase.DISK_SWITCH, maxPause.compareTo(DISKS) < 0 ? maxPause : DISKS);
    each.put(CapturePhase.RESUMPTION, RESUMPTION);
    each.put(CapturePhase.SETTINGS_BACK, COMMANDS);
    return new PhaseLimits(each);
  }

  Duration of(CapturePhase phase) {
    return each.getOrDefault(phase, Duration.ZERO);
  }

  /** From the first byte of the stream to its end. */
  Duration reading() {
    return of(CapturePhase.FIRST_PASS)
        .plus(of(CapturePhase.CONVERGENCE))
        .plus(of(CapturePhase.SWITCHOVER))
        .plus(of(CapturePhase.DISK_SWITCH));
  }
}
