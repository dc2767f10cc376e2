// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * The pause that a VM's policy allows, kept whatever QEMU estimates: a pause that exceeds it is
 * broken off, or fails the capture afterwards if it was over before it could be.
 *
 * @param limit for the time from STOP to RESUME
 */
record PauseLimit(Duration limit) {
  private static final double NANOS_PER_MILLI = 1e6;

  /** The failure that a pause of so long is, over or not. */
  Optional<HypervisorException> exceededBy(Duration pause) {
    if (pause.compareTo(limit) <= 0) {
      return Optional.empty();
    }
    return Optional.of(
        new HypervisorException(
            Reason.NOT_CONVERGING,
            "the guest stood still for %s ms, and its policy allows %s ms"
                .formatted(millis(pause), millis(limit))));
  }

  private static String millis(Duration time) {
    return String.format(Locale.ROOT, "%.1f", time.toNanos() / NANOS_PER_MILLI);
  }
}
