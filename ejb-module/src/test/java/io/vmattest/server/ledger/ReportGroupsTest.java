// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReportGroupsTest {
  private static final int CALLERS = 16;

  private final ExecutorService threads = Executors.newFixedThreadPool(CALLERS);
  private final Transactions transactions = new Transactions();
  private final ReportGroups groups = new ReportGroups();

  ReportGroupsTest() {
    groups.transaction = transactions;
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void reportsThatComeDuringACommitAreTheNextGroup() throws Exception {
    CompletableFuture<AppendOutcome> first = append(report());
    transactions.begun.await();
    List<CompletableFuture<AppendOutcome>> others =
        IntStream.range(1, CALLERS).mapToObj(i -> append(report())).toList();
    awaitWaiting(CALLERS - 1);
    transactions.commit.countDown();
    first.join();
    others.forEach(CompletableFuture::join);
    assertEquals(List.of(1, CALLERS - 1), transactions.sizes);
  }

  @Test
  void thoseWhoseReportsAreDurableDoNotWaitForTheNextGroup() throws Exception {
    Semaphore commits = new Semaphore(0);
    Transactions gated =
        new Transactions() {
          @Override
          public List<AppendOutcome> append(List<CheckedReport> group) {
            begun.countDown();
            commits.acquireUninterruptibly();
            commit.countDown();
            return super.append(group);
          }
        };
    groups.transaction = gated;
    CompletableFuture<AppendOutcome> first = append(report());
    gated.begun.await();
    List<CompletableFuture<AppendOutcome>> second =
        IntStream.range(2, CALLERS).mapToObj(i -> append(report())).toList();
    awaitWaiting(CALLERS - 2);
    commits.release();
    first.join();
    await(waiting -> waiting == 0);
    CompletableFuture<AppendOutcome> third = append(report());
    awaitWaiting(1);
    commits.release();
    second.forEach(CompletableFuture::join);
    assertFalse(third.isDone());
    commits.release();
    third.join();
  }

  @Test
  void eachCallerGetsTheOutcomeOfHisOwnReport() {
    transactions.commit.countDown();
    List<CheckedReport> reports = IntStream.range(0, 50).mapToObj(i -> report()).toList();
    List<CompletableFuture<AppendOutcome>> outcomes = reports.stream().map(this::append).toList();
    for (int i = 0; i < reports.size(); i++) {
      AppendOutcome.Refused refused =
          assertInstanceOf(AppendOutcome.Refused.class, outcomes.get(i).join());
      assertEquals(reports.get(i).digest().hex(), refused.reason());
    }
    assertEquals(50, transactions.sizes.stream().mapToInt(Integer::intValue).sum());
  }

  @Test
  void aGroupThatFailsFailsForAllOfItAndNotForTheNext() throws Exception {
    transactions.fault = Optional.of(new IllegalStateException("the disk is full"));
    transactions.commit.countDown();
    CheckedReport report = report();
    GroupFailedException failed =
        assertThrows(GroupFailedException.class, () -> groups.append(report));
    assertTrue(String.valueOf(failed.getCause()).contains("the disk is full"));
    transactions.fault = Optional.empty();
    assertInstanceOf(AppendOutcome.Refused.class, groups.append(report));
  }

  @Test
  void whatMayBeTheCauseOfAFailureIsAppendedAlone() throws Exception {
    CompletableFuture<AppendOutcome> first = append(report());
    transactions.begun.await();
    CheckedReport suspect = report();
    CompletableFuture<AppendOutcome> alone =
        CompletableFuture.supplyAsync(() -> groups.appendAlone(suspect), threads);
    CompletableFuture<AppendOutcome> other = append(report());
    awaitWaiting(1);
    transactions.commit.countDown();
    CompletableFuture.allOf(first, alone, other).join();
    assertEquals(List.of(1, 1, 1), transactions.sizes);
  }

  private void awaitWaiting(int callers) {
    await(waiting -> waiting >= callers);
  }

  private void await(IntPredicate isSo) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!isSo.test(groups.waiting())) {
      assertTrue(System.nanoTime() < deadline, groups.waiting() + " wait");
      Thread.onSpinWait();
    }
  }

  private CompletableFuture<AppendOutcome> append(CheckedReport report) {
    return CompletableFuture.supplyAsync(() -> groups.append(report), threads);
  }

  private static CheckedReport report() {
    SignedReport signed = new ReportMaker().sign(new StandInTpm());
    return new CheckedReport(
        new IncomingReport(signed.encoded(), "", Optional.empty(), false), signed);
  }

  /** Refuses each report by its own digest, once the first transaction may commit. */
  private static class Transactions extends GroupTransaction {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch commit = new CountDownLatch(1);
    final List<Integer> sizes = Collections.synchronizedList(new ArrayList<>());
    volatile Optional<RuntimeException> fault = Optional.empty();

    @Override
    public List<AppendOutcome> append(List<CheckedReport> group) {
      begun.countDown();
      try {
        commit.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      if (fault.isPresent()) {
        throw fault.get();
      }
      sizes.add(group.size());
      return group.stream()
          .map(r -> (AppendOutcome) new AppendOutcome.Refused(r.digest().hex()))
          .toList();
    }
  }
}
