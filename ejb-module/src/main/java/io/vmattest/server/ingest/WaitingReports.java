// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import jakarta.jms.JMSConsumer;
import jakarta.jms.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A report that was taken from the queue, and those that wait behind it, which are taken in the
 * same transaction. Not thread-safe.
 */
final class WaitingReports implements ReportSource, AutoCloseable {
  /** A batch holds the ledger's head while it is appended: others want to append, too. */
  private static final int LARGEST_BATCH = 512;

  private static final long LARGEST_BATCH_BYTES = 16L << 20;

  /**
   * All leave the queue together: until then they take up its memory, beyond which the broker keeps
   * messages on the disk, and all come again if the server dies.
   */
  private static final int MOST_BATCHES = 4;

  private final JMSConsumer consumer;
  private List<JmsReport> first;
  private int batches;

  WaitingReports(Message first, JMSConsumer consumer) {
    this.first = List.of(new JmsReport(first));
    this.consumer = consumer;
  }

  @Override
  public Taken take() {
    List<JmsReport> reports = new ArrayList<>(first);
    first = List.of();
    batches++;
    boolean isFull = fill(reports);
    return new Taken(reports, !isFull || batches == MOST_BATCHES);
  }

  /** Whether there were enough. */
  private boolean fill(List<JmsReport> reports) {
    long bytes = reports.stream().mapToLong(JmsReport::size).sum();
    while (reports.size() < LARGEST_BATCH && bytes < LARGEST_BATCH_BYTES) {
      Optional<Message> next = next();
      if (next.isEmpty()) {
        return false;
      }
      JmsReport report = new JmsReport(next.get());
      reports.add(report);
      bytes += report.size();
    }
    return true;
  }

  /** Asks twice: a broker that waits for the word that it may send more says that it has none. */
  private Optional<Message> next() {
    return Optional.ofNullable(consumer.receiveNoWait())
        .or(() -> Optional.ofNullable(consumer.receiveNoWait()));
  }

  @Override
  public void close() {
    consumer.close();
  }
}
