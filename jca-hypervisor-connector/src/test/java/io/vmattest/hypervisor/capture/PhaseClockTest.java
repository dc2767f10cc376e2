// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.testing.TestGuest;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PhaseClockTest {
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private final AtomicLong now = new AtomicLong(-5);

  private PhaseClock clock(CapturePhase limited) {
    return new PhaseClock(TestLimits.with(limited, LIMIT).phases(), now::get);
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @ParameterizedTest
  @EnumSource(CapturePhase.class)
  void everyPhaseHasItsLimitFromItsOwnBeginning(CapturePhase phase) {
    PhaseClock clock = clock(phase);
    pass(Duration.ofSeconds(1));
    clock.reach(phase);
    Duration left = phase == CapturePhase.SETTING_UP ? LIMIT.minusSeconds(1) : LIMIT;
    pass(left);
    assertTrue(clock.overdue().isEmpty());
    pass(Duration.ofMillis(1));
    HypervisorException overdue = clock.locate(clock.overdue().orElseThrow());
    assertTrue(
        String.valueOf(overdue.getMessage()).contains("in phase " + phase + " after 2.0 s"),
        overdue.getMessage());
  }

  @Test
  void aCaptureNeverGoesBack() {
    PhaseClock clock = clock(CapturePhase.SETTING_UP);
    clock.reach(CapturePhase.DISK_SWITCH);
    pass(Duration.ofSeconds(1));
    clock.reach(CapturePhase.SWITCHOVER);
    clock.reach(CapturePhase.DISK_SWITCH);
    assertEquals("in phase DISK_SWITCH after 1.0 s", clock.where());
  }

  @Test
  void aGuestThatIsReadAgainAndAgainIsSaidNotToConverge() {
    PhaseClock clock = clock(CapturePhase.CONVERGENCE);
    clock.reach(CapturePhase.CONVERGENCE);
    pass(Duration.ofSeconds(3));
    assertEquals(Reason.NOT_CONVERGING, clock.overdue().orElseThrow().reason());
  }

  @Test
  void noPhaseMayBeWithoutALimit() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new PhaseLimits(Map.of(CapturePhase.SETTING_UP, LIMIT)));
  }

  @Test
  void theDisksMayTakeNoLongerThanThePauseThatIsAllowed() {
    PhaseLimits strict = PhaseLimits.of(1 << 30, BudgetLimits.UNLIMITED, Duration.ofMillis(20));
    assertEquals(Duration.ofMillis(20), strict.of(CapturePhase.DISK_SWITCH));
    PhaseLimits loose = PhaseLimits.of(1 << 30, BudgetLimits.UNLIMITED, Duration.ofSeconds(60));
    assertEquals(Duration.ofSeconds(2), loose.of(CapturePhase.DISK_SWITCH));
  }

  @Test
  void aLowBandwidthIsGivenTheTimeThatItTakes() {
    long slow = 1 << 20;
    Duration pass =
        PhaseLimits.of(256 * slow, slow, Duration.ofMillis(500)).of(CapturePhase.FIRST_PASS);
    assertTrue(pass.compareTo(Duration.ofSeconds(256)) > 0, pass::toString);
  }

  @Test
  void aPhaseThatTakesTooLongIsGivenUpOnce() throws Exception {
    CountDownLatch givenUp = new CountDownLatch(1);
    PhaseClock clock = clock(CapturePhase.SETTING_UP);
    try (PhaseGuard guard = PhaseGuard.over(clock, givenUp::countDown)) {
      assertTrue(guard.failure().isEmpty());
      pass(Duration.ofSeconds(3));
      assertTrue(givenUp.await(30, TimeUnit.SECONDS));
      assertEquals(Reason.CAPTURE_FAILED, guard.failure().orElseThrow().reason());
    }
  }

  @Test
  void aCaptureWhoseGuestWasLetGoIsNotGivenUpAnyMore() throws Exception {
    CountDownLatch givenUp = new CountDownLatch(1);
    PhaseClock clock = clock(CapturePhase.RESUMPTION);
    clock.reach(CapturePhase.RESUMPTION);
    pass(Duration.ofSeconds(3));
    assertTrue(clock.overdue().isPresent());
    try (PhaseGuard guard = PhaseGuard.over(clock, givenUp::countDown)) {
      TestGuest.awaitThat("the guard has ended", () -> !guard.isWatching());
      assertTrue(guard.failure().isEmpty());
    }
    assertEquals(1, givenUp.getCount());
  }
}
