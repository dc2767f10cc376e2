// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.HypervisorException;
import io.vmattest.hypervisor.api.HypervisorException.Reason;
import io.vmattest.hypervisor.testing.TestGuest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptureBudgetTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  @Test
  void turnsComeInTheOrderInWhichTheyWereAskedFor() throws Exception {
    CaptureBudget budget = new CaptureBudget(new BudgetLimits(1, 1, 0, LONG));
    BlockingQueue<Integer> order = new LinkedBlockingQueue<>();
    List<Thread> threads = new ArrayList<>();
    try (CaptureBudget.Turn first = budget.await()) {
      for (int i = 0; i < 5; i++) {
        int number = i;
        Thread thread = new Thread(() -> takeTurn(budget, () -> order.add(number)));
        thread.start();
        threads.add(thread);
        TestGuest.awaitThat("it waits", () -> budget.waiting() == number + 1);
      }
      assertTrue(order.isEmpty(), "nobody comes before the first has ended");
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(0, 1, 2, 3, 4), List.copyOf(order));
  }

  private static void takeTurn(CaptureBudget budget, Runnable work) {
    try (CaptureBudget.Turn turn = budget.await()) {
      work.run();
    } catch (HypervisorException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aTurnThatDoesNotComeInTimeIsSaidToBeBusyAndIsNotTakenLater() throws Exception {
    CaptureBudget budget = new CaptureBudget(new BudgetLimits(1, 1, 0, Duration.ZERO));
    CaptureBudget.Turn first = budget.await();
    HypervisorException busy = assertThrows(HypervisorException.class, budget::await);
    assertEquals(Reason.HOST_BUSY, busy.reason());
    first.close();
    budget.await().close();
  }

  @Test
  void aTurnThatIsEndedTwiceIsGivenBackOnce() throws Exception {
    CaptureBudget budget = new CaptureBudget(new BudgetLimits(1, 1, 0, Duration.ZERO));
    CaptureBudget.Turn first = budget.await();
    first.close();
    first.close();
    try (CaptureBudget.Turn second = budget.await()) {
      assertThrows(HypervisorException.class, budget::await);
    }
  }

  @Test
  void whoeverIsInterruptedWhileHeWaitsTakesNoTurn() throws Exception {
    CaptureBudget budget = new CaptureBudget(new BudgetLimits(1, 1, 0, LONG));
    try (CaptureBudget.Turn first = budget.await()) {
      Thread waiter =
          new Thread(() -> assertThrows(InterruptedException.class, () -> budget.await().close()));
      waiter.start();
      TestGuest.awaitThat("it waits", () -> budget.waiting() == 1);
      waiter.interrupt();
      waiter.join();
    }
    budget.await().close();
  }

  @Test
  void bandwidthIsDividedAmongThoseThatCaptureAtTheMoment() throws Exception {
    CaptureBudget budget = new CaptureBudget(new BudgetLimits(3, 1, 900, LONG));
    try (CaptureBudget.Turn one = budget.await()) {
      assertEquals(900, one.bandwidth());
      try (CaptureBudget.Turn two = budget.await();
          CaptureBudget.Turn three = budget.await()) {
        assertEquals(300, one.bandwidth());
        assertEquals(300, two.bandwidth());
        assertEquals(300, three.bandwidth());
      }
      assertEquals(900, one.bandwidth());
      assertEquals(300, budget.leastBandwidth());
    }
  }

  @Test
  void withoutALimitEachIsUnlimited() throws Exception {
    CaptureBudget budget = new CaptureBudget(new BudgetLimits(2, 1, 0, LONG));
    try (CaptureBudget.Turn one = budget.await();
        CaptureBudget.Turn two = budget.await()) {
      assertEquals(BudgetLimits.UNLIMITED, one.bandwidth());
      assertEquals(BudgetLimits.UNLIMITED, two.bandwidth());
    }
  }

  @Test
  void neverMoreThreadsHashThanThereAre() throws Exception {
    ThreadShares shares = new ThreadShares(3);
    AtomicInteger hashing = new AtomicInteger();
    BlockingQueue<Integer> most = new LinkedBlockingQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Thread thread = new Thread(() -> hash(shares, hashing, most));
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join(TimeUnit.MINUTES.toMillis(1));
    }
    assertEquals(8, most.size());
    assertTrue(most.stream().allMatch(n -> n >= 1 && n <= 3), most::toString);
    try (ThreadShares.Share all = shares.take()) {
      assertEquals(3, all.count());
    }
  }

  private static void hash(
      ThreadShares shares, AtomicInteger hashing, BlockingQueue<Integer> most) {
    try (ThreadShares.Share share = shares.take()) {
      most.add(hashing.addAndGet(share.count()));
      Thread.yield();
      hashing.addAndGet(-share.count());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @CsvSource({"-1,1,0,1", "1,-1,0,1", "1,1,-1,1", "2000,1,0,1", "1,1,0,3601", "1,1,0,-1"})
  void aBudgetOutOfBoundsIsRefused(int captures, int threads, long bandwidth, long seconds) {
    assertThrows(
        IllegalArgumentException.class,
        () -> BudgetLimits.of(captures, threads, bandwidth, Duration.ofSeconds(seconds)));
  }
}
