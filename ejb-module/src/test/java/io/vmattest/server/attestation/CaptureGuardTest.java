// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.server.attestation.CaptureGuard.Urgency;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
class CaptureGuardTest {
  private final CaptureGuard guard = new CaptureGuard();
  private final UUID vm = UUID.randomUUID();

  @ParameterizedTest
  @CsvSource({
    "BACKGROUND,BACKGROUND", "ASKED_FOR,ASKED_FOR", "ROLLBACK,ROLLBACK",
    "ASKED_FOR,BACKGROUND", "ROLLBACK,BACKGROUND", "ROLLBACK,ASKED_FOR"
  })
  void theSecondIsRefusedUnlessHisIsTheMoreUrgentWork(Urgency first, Urgency second) {
    assertEquals(Problem.CAPTURE_IN_PROGRESS, guard.alone(vm, first, () -> refusal(second)));
  }

  @Test
  void anotherVmIsNotHeldUp() {
    String done =
        guard.alone(
            vm,
            Urgency.ASKED_FOR,
            () -> guard.alone(UUID.randomUUID(), Urgency.ASKED_FOR, () -> "done"));
    assertEquals("done", done);
  }

  @Test
  void aFailureLeavesTheVmFree() {
    assertThrows(
        IllegalStateException.class,
        () ->
            guard.alone(
                vm,
                Urgency.ASKED_FOR,
                () -> {
                  throw new IllegalStateException("failed");
                }));
    assertEquals("done", guard.alone(vm, Urgency.ASKED_FOR, () -> "done"));
  }

  @ParameterizedTest
  @CsvSource({"BACKGROUND,ASKED_FOR", "BACKGROUND,ROLLBACK", "ASKED_FOR,ROLLBACK"})
  void moreUrgentWorkWaitsForTheOther(Urgency less, Urgency more) throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    StringBuilder order = new StringBuilder();
    CompletableFuture<Void> first =
        CompletableFuture.runAsync(
            () ->
                guard.alone(
                    vm,
                    less,
                    () -> {
                      entered.countDown();
                      awaitQuietly(release);
                      return order.append("first ");
                    }));
    entered.await();
    Thread second = new Thread(() -> guard.alone(vm, more, () -> order.append("second")));
    second.start();
    while (second.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    release.countDown();
    first.get(10, TimeUnit.SECONDS);
    second.join();
    assertEquals("first second", order.toString());
  }

  private Problem refusal(Urgency urgency) {
    return assertThrows(ServiceException.class, () -> guard.alone(vm, urgency, () -> "not reached"))
        .problem();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
