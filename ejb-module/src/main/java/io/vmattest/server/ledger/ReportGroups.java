// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Appends reports in groups: those that come while a group is being made durable are the next one.
 * One of the waiting callers does it for all, so that no thread is needed but theirs.
 */
@ApplicationScoped
public class ReportGroups {
  /** A group holds the ledger's head: others want to append, too. */
  private static final int LARGEST = 256;

  @Inject GroupTransaction transaction;

  private final ConcurrentLinkedQueue<Waiting> queue = new ConcurrentLinkedQueue<>();
  private final ReentrantLock turn = new ReentrantLock();

  /** Fields are written and read by whoever holds the turn. */
  private static final class Waiting {
    final CheckedReport report;
    @Nullable AppendOutcome outcome;
    @Nullable RuntimeException failure;

    Waiting(CheckedReport report) {
      this.report = report;
    }

    boolean isSettled() {
      return outcome != null || failure != null;
    }
  }

  /**
   * Appends in a transaction that is not the caller's, and returns once it is durable.
   *
   * @throws RuntimeException if the group could not be appended, whoever of it was the cause
   */
  public AppendOutcome append(CheckedReport report) {
    Waiting mine = new Waiting(report);
    queue.add(mine);
    turn.lock();
    try {
      while (!mine.isSettled()) {
        appendNext();
      }
      return outcome(mine);
    } finally {
      turn.unlock();
    }
  }

  /** Appends in a transaction of its own: for who may be the cause of a group's failure. */
  public AppendOutcome appendAlone(CheckedReport report) {
    turn.lock();
    try {
      return transaction.append(List.of(report)).get(0);
    } finally {
      turn.unlock();
    }
  }

  /** How many are in no group yet. */
  int waiting() {
    return queue.size();
  }

  private static AppendOutcome outcome(Waiting waiting) {
    if (waiting.outcome == null) {
      throw new GroupFailedException(waiting.failure);
    }
    return waiting.outcome;
  }

  private void appendNext() {
    List<Waiting> group = new ArrayList<>();
    while (group.size() < LARGEST) {
      Waiting next = queue.poll();
      if (next == null) {
        break;
      }
      group.add(next);
    }
    try {
      List<AppendOutcome> outcomes =
          transaction.append(group.stream().map(waiting -> waiting.report).toList());
      for (int i = 0; i < group.size(); i++) {
        group.get(i).outcome = outcomes.get(i);
      }
    } catch (RuntimeException e) {
      group.forEach(waiting -> waiting.failure = e);
    }
  }
}
