// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Appends reports in groups: those that come while a group is being made durable are the next one.
 * One of the waiting callers leads, and appends for all, so that no thread is needed but theirs.
 * When its group is durable all of that leave at once, and the first of the next leads.
 */
@ApplicationScoped
public class ReportGroups {
  /** A group holds the ledger's head: others want to append, too. */
  private static final int LARGEST = 256;

  /** Those of the last group are back with their next reports by then; a commit takes longer. */
  private static final long LINGER_NANOS = 2_000_000;

  @Inject GroupTransaction transaction;

  private final Deque<Waiting> queue = new ArrayDeque<>();
  private boolean led;
  private int lastSize;

  /** What a waiting caller is told: that its report is settled, or that it is to lead. */
  private enum Told {
    SETTLED,
    LEAD
  }

  /** Outcome or failure are written before the caller is told. */
  private static final class Waiting {
    final CheckedReport report;
    final CompletableFuture<Told> told = new CompletableFuture<>();
    @Nullable AppendOutcome outcome;
    @Nullable Throwable failure;

    Waiting(CheckedReport report) {
      this.report = report;
    }
  }

  /**
   * Appends in a transaction that is not the caller's, and returns once it is durable.
   *
   * @throws RuntimeException if the group could not be appended, whoever of it was the cause
   */
  public AppendOutcome append(CheckedReport report) {
    Waiting mine = new Waiting(report);
    if (isFirst(mine) || mine.told.join() == Told.LEAD) {
      lead();
    }
    if (mine.outcome == null) {
      throw new GroupFailedException(mine.failure);
    }
    return mine.outcome;
  }

  /** Appends in a transaction of its own: for who may be the cause of a group's failure. */
  public AppendOutcome appendAlone(CheckedReport report) {
    return transaction.append(List.of(report)).get(0);
  }

  /** How many are in no group yet. */
  synchronized int waiting() {
    return queue.size();
  }

  /** Lines up; whether nobody leads, and so the caller does. */
  private synchronized boolean isFirst(Waiting waiting) {
    queue.add(waiting);
    boolean first = !led;
    led = true;
    return first;
  }

  /** The leader is the first of those that wait, so that its own report is settled, too. */
  private void lead() {
    try {
      if (comesBack()) {
        LockSupport.parkNanos(LINGER_NANOS);
      }
      settle(take());
    } finally {
      handOver();
    }
  }

  private synchronized boolean comesBack() {
    return queue.size() < lastSize;
  }

  private synchronized List<Waiting> take() {
    List<Waiting> group = new ArrayList<>(queue.size());
    while (group.size() < LARGEST && !queue.isEmpty()) {
      group.add(queue.remove());
    }
    lastSize = group.size();
    return group;
  }

  private void settle(List<Waiting> group) {
    try {
      List<AppendOutcome> outcomes =
          transaction.append(group.stream().map(waiting -> waiting.report).toList());
      for (int i = 0; i < group.size(); i++) {
        group.get(i).outcome = outcomes.get(i);
      }
    } catch (RuntimeException | Error e) {
      group.forEach(waiting -> waiting.failure = e);
    } finally {
      group.forEach(waiting -> waiting.told.complete(Told.SETTLED));
    }
  }

  private void handOver() {
    Waiting next;
    synchronized (this) {
      next = queue.peek();
      led = next != null;
    }
    if (next != null) {
      next.told.complete(Told.LEAD);
    }
  }
}
