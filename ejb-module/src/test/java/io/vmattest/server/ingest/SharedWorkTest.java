// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SharedWorkTest {
  private final Queue<Runnable> busy = new ArrayDeque<>();
  private final AtomicInteger done = new AtomicInteger();

  @Test
  void whoeverNeedsItDoesItWhereNoThreadIsFree() {
    SharedWork<Integer> work = SharedWork.offered(busy::add, done::incrementAndGet);
    assertEquals(1, work.result());
    busy.remove().run();
    assertEquals(1, work.result());
    assertEquals(1, done.get());
  }

  @Test
  void itIsDoneOnceWhereAnotherThreadDoesIt() {
    SharedWork<Integer> work = SharedWork.offered(Runnable::run, done::incrementAndGet);
    assertEquals(1, done.get());
    assertEquals(1, work.result());
  }

  @Test
  void anExecutorThatTakesNothingChangesNothing() {
    SharedWork<Integer> work =
        SharedWork.offered(
            task -> {
              throw new RejectedExecutionException("it stops");
            },
            done::incrementAndGet);
    assertEquals(1, work.result());
  }

  @Test
  void itsFailureIsThatOfWhoeverNeedsIt() {
    RuntimeException failure = new IllegalArgumentException("a fault");
    SharedWork<Integer> work =
        SharedWork.offered(
            Runnable::run,
            () -> {
              throw failure;
            });
    assertSame(failure, assertThrows(IllegalArgumentException.class, work::result));
  }

  @Test
  void whatHasEndedIsNeverBegun() {
    SharedWork.offered(busy::add, done::incrementAndGet).end();
    busy.remove().run();
    assertEquals(0, done.get());
  }

  @Test
  void theEndOfWhatIsBeingDoneIsWaitedFor() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch permitted = new CountDownLatch(1);
    AtomicBoolean over = new AtomicBoolean();
    SharedWork<Integer> work =
        SharedWork.offered(
            task -> new Thread(task).start(),
            () -> {
              begun.countDown();
              awaits(permitted);
              over.set(true);
              return done.incrementAndGet();
            });
    assertTrue(begun.await(10, TimeUnit.SECONDS));
    assertFalse(over.get());
    new Thread(permitted::countDown).start();
    work.end();
    assertTrue(over.get());
  }

  private static void awaits(CountDownLatch latch) {
    try {
      assertTrue(latch.await(10, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
