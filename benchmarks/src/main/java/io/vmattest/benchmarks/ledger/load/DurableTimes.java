// SPDX-License-Identifier: Apache-2.0
package io.vmattest.benchmarks.ledger.load;

import io.vmattest.server.ledger.ReportsAppended;
import io.vmattest.server.ledger.StoredReport;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** When each report was sent, and how long it took until its entry was durable. */
@ApplicationScoped
public class DurableTimes {
  private final Map<String, Long> sent = new ConcurrentHashMap<>();
  private long[] nanos = new long[1 << 16];
  private int count;

  void sends(String digest) {
    sent.put(digest, System.nanoTime());
  }

  /** The transaction has ended: what it wrote is durable. */
  void appended(@Observes(during = TransactionPhase.AFTER_SUCCESS) ReportsAppended news) {
    long now = System.nanoTime();
    for (StoredReport report : news.reports()) {
      Long at = sent.remove(report.digest().hex());
      if (at != null) {
        add(now - at);
      }
    }
  }

  private synchronized void add(long took) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, count * 2);
    }
    nanos[count++] = took;
    notifyAll();
  }

  synchronized void forget() {
    count = 0;
  }

  /** Waits for so many. */
  synchronized void await(int reports, long deadlineNanos) throws InterruptedException {
    while (count < reports) {
      long left = (deadlineNanos - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new IllegalStateException(
            count + " of " + reports + " reports became durable in time");
      }
      wait(left);
    }
  }

  /** Milliseconds that a part of all took at most. */
  synchronized double percentile(double part) {
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return sorted[(int) Math.ceil(part * count) - 1] / 1e6;
  }
}
