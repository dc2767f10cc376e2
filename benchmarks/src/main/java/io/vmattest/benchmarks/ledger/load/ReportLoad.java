// SPDX-License-Identifier: Apache-2.0
package io.vmattest.benchmarks.ledger.load;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.inject.Inject;
import jakarta.jms.JMSException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Waits for {@code load/orders} in the server's state folder, does what it says, and writes {@code
 * load/figures}. A line of orders is the number of reports and how many are sent a second: 0 as
 * fast as it goes. A line of figures has reports, seconds from the first sending to the last one
 * durable, and the milliseconds to durable of 50 % and 99 % of them.
 */
@Singleton
@Startup
@TransactionManagement(TransactionManagementType.BEAN)
public class ReportLoad {
  private static final int AT_ONCE = 32;

  /** What is sent is in the queue or in work: more would measure how long a queue can be. */
  private static final int MOST_WAITING = 4096;

  private static final long PATIENCE_NANOS = 600_000_000_000L;

  @Resource
  @SuppressWarnings("NullAway.Init")
  ManagedExecutorService executor;

  @Inject
  @SuppressWarnings("NullAway.Init")
  ReportSender sender;

  @Inject
  @SuppressWarnings("NullAway.Init")
  DurableTimes times;

  private final Path folder = Path.of(System.getProperty("vmattest.state", ".")).resolve("load");
  private volatile boolean ended;

  @PostConstruct
  void begin() {
    executor.execute(this::work);
  }

  @PreDestroy
  void end() {
    ended = true;
  }

  private void work() {
    try {
      Path orders = folder.resolve("orders");
      while (!ended && !Files.exists(orders)) {
        Thread.sleep(100);
      }
      if (!ended) {
        tell(measure(Files.readAllLines(orders)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | JMSException | RuntimeException e) {
      tell("failed: " + e);
    }
  }

  private void tell(String text) {
    try {
      Path written = folder.resolve("figures.new");
      Files.writeString(written, text);
      Files.move(written, folder.resolve("figures"), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private String measure(List<String> orders)
      throws IOException, JMSException, InterruptedException {
    StringBuilder figures = new StringBuilder();
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(Files.newInputStream(folder.resolve("reports")), 1 << 20))) {
      for (String order : orders) {
        String[] words = order.split(" ");
        figures.append(measure(in, Integer.parseInt(words[0]), Integer.parseInt(words[1])));
      }
    }
    return figures.toString();
  }

  private String measure(DataInputStream in, int reports, int rate)
      throws IOException, JMSException, InterruptedException {
    times.forget();
    long began = System.nanoTime();
    int sent = 0;
    while (sent < reports) {
      int now = Math.min(reports - sent, rate == 0 ? AT_ONCE : due(began, rate, sent));
      if (now > 0) {
        sender.send(read(in, now), "");
        sent += now;
      } else {
        Thread.sleep(1);
      }
      times.await(sent - MOST_WAITING, began + PATIENCE_NANOS);
    }
    times.await(reports, began + PATIENCE_NANOS);
    double seconds = (System.nanoTime() - began) / 1e9;
    return String.format(
        Locale.ROOT,
        "%d %.3f %.2f %.2f%n",
        reports,
        seconds,
        times.percentile(0.5),
        times.percentile(0.99));
  }

  /** How many should have been sent by now and were not. */
  private static int due(long began, int rate, int sent) {
    double seconds = (System.nanoTime() - began) / 1e9;
    return Math.min(AT_ONCE, (int) (seconds * rate) - sent);
  }

  private static List<ReadyReport> read(DataInputStream in, int count) throws IOException {
    List<ReadyReport> reports = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      reports.add(ReadyReport.read(in));
    }
    return reports;
  }
}
