// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.server.ingest.ReportReviews.Review;
import io.vmattest.server.ledger.AppendOutcome;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.testing.StandInExecutor;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReportPipelineTest {
  private final List<String> happened = new CopyOnWriteArrayList<>();
  private final CountDownLatch secondChecked = new CountDownLatch(1);
  private final Batch batch = new Batch();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();

  @AfterEach
  void joinThreads() throws InterruptedException {
    for (Thread thread : threads) {
      thread.join(10_000);
    }
  }

  @Test
  void aBatchIsCheckedWhileTheOneBeforeIsAppended() {
    batch.firstWaitsForTheSecond = true;
    pipeline(this::inThread).settle(source("a", "b"));
    assertEquals(
        List.of("check a", "check b", "append a", "conclude a", "append b", "conclude b"),
        happened);
  }

  @Test
  void batchesAreAppendedInTheirOrder() {
    pipeline(this::inThread).settle(source("a", "b", "c", "d"));
    assertEquals(
        List.of("append a", "append b", "append c", "append d"),
        happened.stream().filter(e -> e.startsWith("append")).toList());
  }

  @Test
  void theLastOneNeedsNoOtherThread() {
    pipeline(
            task -> {
              throw new AssertionError("another thread");
            })
        .settle(source("a"));
    assertEquals(List.of("check a", "append a", "conclude a"), happened);
  }

  @Test
  void itGoesOnWhereNoThreadIsFree() {
    pipeline(task -> {}).settle(source("a", "b"));
    assertEquals(
        List.of("check a", "check b", "append a", "conclude a", "append b", "conclude b"),
        happened);
  }

  @Test
  void nothingIsAppendedAfterABatchThatFailed() {
    batch.failsToAppend = Optional.of("a");
    ReportPipeline pipeline = pipeline(this::inThread);
    ReportSource source = source("a", "b", "c");
    assertThrows(IllegalStateException.class, () -> pipeline.settle(source));
    assertTrue(happened.contains("append a"));
    assertEquals(0, Collections.frequency(happened, "append b"));
    assertEquals(0, happened.stream().filter(e -> e.startsWith("conclude")).count());
  }

  @Test
  void aFaultEndsOnlyWhenNothingIsBeingAppended() {
    batch.firstWaitsForTheSecond = true;
    batch.failsToCheck = Optional.of("b");
    ReportPipeline pipeline = pipeline(this::inThread);
    ReportSource source = source("a", "b");
    assertThrows(IllegalStateException.class, () -> pipeline.settle(source));
    assertEquals(List.of("check a", "check b", "append a"), happened);
  }

  private ReportPipeline pipeline(Executor executor) {
    ReportPipeline pipeline = new ReportPipeline();
    pipeline.batch = batch;
    pipeline.executor = StandInExecutor.of(executor);
    return pipeline;
  }

  /** The work has begun when it returns. */
  private void inThread(Runnable task) {
    CountDownLatch begun = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              batch.begun.set(begun);
              task.run();
            });
    threads.add(thread);
    thread.start();
    awaits(begun);
  }

  /** Each batch is one report, which has the batch's name. */
  private static ReportSource source(String... names) {
    Queue<String> left = new ArrayDeque<>(List.of(names));
    return () -> {
      NamedReport next = new NamedReport(left.remove());
      return new ReportSource.Taken(List.of(next), left.isEmpty());
    };
  }

  private static void awaits(CountDownLatch latch) {
    try {
      assertTrue(latch.await(10, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private final class Batch extends ReportBatch {
    final ThreadLocal<CountDownLatch> begun = new ThreadLocal<>();
    boolean firstWaitsForTheSecond;
    Optional<String> failsToAppend = Optional.empty();
    Optional<String> failsToCheck = Optional.empty();

    @Override
    List<Review.Passed> check(List<? extends QueuedReport> queued) {
      NamedReport one = (NamedReport) queued.get(0);
      happened.add("check " + one.name());
      if (!one.name().equals("a")) {
        secondChecked.countDown();
      }
      failIf(failsToCheck, one.name());
      return List.of(one.passed());
    }

    @Override
    List<AppendOutcome> append(List<Review.Passed> passed) {
      Optional.ofNullable(begun.get()).ifPresent(CountDownLatch::countDown);
      String name = name(passed);
      if (firstWaitsForTheSecond && name.equals("a")) {
        awaits(secondChecked);
      }
      happened.add("append " + name);
      failIf(failsToAppend, name);
      return List.of(
          new AppendOutcome.Appended(new StoredReport(NamedReport.SIGNED, name, false, 0)));
    }

    @Override
    void conclude(List<Review.Passed> passed, List<AppendOutcome> outcomes) {
      passed.forEach(one -> happened.add("conclude " + ((NamedReport) one.queued()).name()));
    }

    private static String name(List<Review.Passed> passed) {
      return ((NamedReport) passed.get(0).queued()).name();
    }

    private static void failIf(Optional<String> failing, String name) {
      if (failing.equals(Optional.of(name))) {
        throw new IllegalStateException("a fault");
      }
    }
  }
}
