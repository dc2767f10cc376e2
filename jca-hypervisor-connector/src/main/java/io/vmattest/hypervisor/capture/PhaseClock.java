// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;

/** In which phase a live capture is, and since when. Thread-safe. */
final class PhaseClock {
  private final PhaseLimits limits;
  private final LongSupplier nanos;
  private CapturePhase phase = CapturePhase.SETTING_UP;
  private long since;

  PhaseClock(PhaseLimits limits) {
    this(limits, System::nanoTime);
  }

  PhaseClock(PhaseLimits limits, LongSupplier nanos) {
    this.limits = limits;
    this.nanos = nanos;
    this.since = nanos.getAsLong();
  }

  /** Goes forward to a phase. What is told late, such as by an event, leads nowhere back. */
  synchronized void reach(CapturePhase next) {
    if (next.compareTo(phase) > 0) {
      phase = next;
      since = nanos.getAsLong();
    }
  }

  synchronized CapturePhase phase() {
    return phase;
  }

  /** The failure that the present phase is, if it takes longer than it may. */
  synchronized Optional<HypervisorException> overdue() {
    Duration limit = limits.of(phase);
    if (elapsed().compareTo(limit) <= 0) {
      return Optional.empty();
    }
    Reason reason =
        phase == CapturePhase.CONVERGENCE ? Reason.NOT_CONVERGING : Reason.CAPTURE_FAILED;
    return Optional.of(
        new HypervisorException(
            reason, "the capture was given up, its limit is %d ms".formatted(limit.toMillis())));
  }

  /** The same failure, with where the capture was. */
  HypervisorException locate(HypervisorException failure) {
    return new HypervisorException(
        failure.reason(), failure.getMessage() + "; " + where(), failure);
  }

  /** Such as "in phase DISK_SWITCH after 2.0 s". */
  synchronized String where() {
    return "in phase %s after %s s".formatted(phase, seconds(elapsed()));
  }

  private Duration elapsed() {
    return Duration.ofNanos(nanos.getAsLong() - since);
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f", time.toMillis() / 1000.0);
  }
}
