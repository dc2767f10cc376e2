// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.CaptureRequest;
import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.hypervisor.libvirt.GuestDomain;
import io.vmattest.hypervisor.testing.TestGuest;
import io.vmattest.hypervisor.testing.TestHost;
import io.vmattest.tee.Capture;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Captures that take longer than they may, with a real guest. */
@Tag("guest")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LiveDeadlineIT {
  /** Bytes a second: the guest's memory would take many seconds. */
  private static final long SLOW = 4 << 20;

  private TestHost host;
  private TestGuest guest;

  @BeforeAll
  void start() throws Exception {
    host = new TestHost();
    guest = TestGuest.start(host.folder(), 1);
  }

  @AfterAll
  void stop() throws Exception {
    guest.close();
    host.close();
  }

  @AfterEach
  void theGuestRunsAndCanBeCaptured() throws Exception {
    assertEquals("running", guest.state());
    guest.awaitTicks(2);
    assertEquals(Optional.empty(), guest.mismatch());
    host.capture(guest.id(), true);
  }

  private HypervisorException fails(LiveLimits limits, Optional<SwitchoverStep> step)
      throws Exception {
    try (GuestDomain domain = host.link().domain(guest.id());
        Capture capture = Capture.create()) {
      LiveCapture live = new LiveCapture(domain, host.folder().resolve("record"), step, limits);
      return assertThrows(HypervisorException.class, () -> live.into(capture));
    }
  }

  private static void assertSays(HypervisorException failed, String... parts) {
    for (String part : parts) {
      assertTrue(String.valueOf(failed.getMessage()).contains(part), failed.getMessage());
    }
  }

  @Test
  void aPauseThatIsLongerThanThePolicyAllowsFailsWithBothTimes() throws Exception {
    HypervisorException failed =
        fails(TestLimits.pausingAtMost(Duration.ofMillis(1)), Optional.empty());
    assertEquals(Reason.NOT_CONVERGING, failed.reason(), failed.getMessage());
    assertSays(failed, "stood still for", "allows 1.0 ms");
  }

  @Test
  void aPolicyThatAllowsTooShortAPauseForTheDisksIsKeptByTheWholeConnector() throws Exception {
    CaptureRequest strict =
        new CaptureRequest(
            guest.id(),
            "request",
            Optional.empty(),
            1,
            Optional.empty(),
            true,
            Optional.empty(),
            Duration.ofMillis(CaptureRequest.LEAST_PAUSE_MILLIS));
    HypervisorException failed =
        assertThrows(
            HypervisorException.class,
            () -> host.operations().capture(strict, ProgressListener.NONE));
    assertEquals(Reason.NOT_CONVERGING, failed.reason(), failed.getMessage());
    assertSays(failed, "allows 5.0 ms");
  }

  @Test
  void aStandingGuestIsLetGoByThePauseLimitWhileTheStepStillHangs() throws Exception {
    HypervisorException failed =
        failsWhileTheStepHangs(TestLimits.pausingAtMost(Duration.ofMillis(300)));
    assertEquals(Reason.NOT_CONVERGING, failed.reason(), failed.getMessage());
    assertSays(failed, "allows 300.0 ms");
  }

  @Test
  void aSwitchOfDisksThatHangsIsNamedAndTheGuestRunsWithoutWaitingForIt() throws Exception {
    HypervisorException failed =
        failsWhileTheStepHangs(TestLimits.with(CapturePhase.DISK_SWITCH, Duration.ofSeconds(1)));
    assertEquals(Reason.CAPTURE_FAILED, failed.reason(), failed.getMessage());
    assertSays(failed, "in phase DISK_SWITCH after 1.");
  }

  /** The step ends only once the guest has been seen running again. */
  private HypervisorException failsWhileTheStepHangs(LiveLimits limits) throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    SwitchoverStep hanging =
        () -> {
          held.countDown();
          awaitQuietly(over);
        };
    CompletableFuture<HypervisorException> failed =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return fails(limits, Optional.of(hanging));
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    try {
      assertTrue(held.await(60, TimeUnit.SECONDS), "the guest is held");
      guest.awaitTicks(2);
    } finally {
      over.countDown();
    }
    return get(failed);
  }

  private static HypervisorException get(CompletableFuture<HypervisorException> failed)
      throws Exception {
    try {
      return failed.get(60, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aPassThatTakesTooLongIsGivenUpAndTheGuestNeverStood() throws Exception {
    LiveLimits hasty = TestLimits.with(CapturePhase.FIRST_PASS, Duration.ofMillis(500));
    LiveLimits slow = new LiveLimits(hasty.phases(), hasty.maxPause(), () -> SLOW);
    HypervisorException failed = fails(slow, Optional.of(() -> {}));
    assertEquals(Reason.CAPTURE_FAILED, failed.reason(), failed.getMessage());
    assertSays(failed, "in phase FIRST_PASS after 0.", "500 ms");
  }
}
