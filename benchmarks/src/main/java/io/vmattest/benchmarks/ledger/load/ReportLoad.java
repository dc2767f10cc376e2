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
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.inject.Inject;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * Waits for {@code load/orders} in the server's state folder, does what it says, and writes {@code
 * load/figures}. A line of orders is the number of reports and how many are sent a second: 0 as
 * fast as it goes, by several senders. A line of figures has reports, seconds from the first
 * sending to the last one durable, and the milliseconds to durable of 50 % and 99 % of them.
 */
@Singleton
@Startup
@TransactionManagement(TransactionManagementType.BEAN)
public class ReportLoad {
  private static final int SENDERS = 4;

  /** In a transaction of one sender, about. */
  private static final int AT_ONCE = 32;

  /** What is sent is in the queue or in work: more would measure how long a queue can be. */
  private static final int MOST_WAITING = 4096;

  private static final long PATIENCE_NANOS = 600_000_000_000L;

  @Resource
  @SuppressWarnings("NullAway.Init")
  ManagedExecutorService executor;

  @Resource
  @SuppressWarnings("NullAway.Init")
  ManagedThreadFactory threads;

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
    } catch (IOException | RuntimeException e) {
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

  private String measure(List<String> orders) throws IOException, InterruptedException {
    StringBuilder figures = new StringBuilder();
    ExecutorService senders = Executors.newFixedThreadPool(SENDERS, threads);
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(Files.newInputStream(folder.resolve("reports")), 1 << 20))) {
      for (String order : orders) {
        String[] words = order.split(" ");
        figures.append(
            measure(in, senders, Integer.parseInt(words[0]), Integer.parseInt(words[1])));
      }
    } finally {
      senders.shutdownNow();
    }
    return figures.toString();
  }

  private String measure(DataInputStream in, ExecutorService senders, int reports, int rate)
      throws IOException, InterruptedException {
    times.forget();
    long began = System.nanoTime();
    int sent = 0;
    while (sent < reports) {
      int now = Math.min(reports - sent, rate == 0 ? SENDERS * AT_ONCE : due(began, rate, sent));
      if (now > 0) {
        send(read(in, now), senders);
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

  /** A VM's reports have one sender, who keeps them in their order. */
  private void send(List<ReadyReport> reports, ExecutorService senders)
      throws InterruptedException {
    List<Callable<Void>> parts =
        reports.stream()
            .collect(Collectors.groupingBy(report -> sender(report, reports.size())))
            .values()
            .stream()
            .map(this::sending)
            .toList();
    for (Future<Void> part : senders.invokeAll(parts)) {
      try {
        part.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException("reports could not be sent", e.getCause());
      }
    }
  }

  private static int sender(ReadyReport report, int together) {
    return together <= AT_ONCE ? 0 : Math.floorMod(report.vm().hashCode(), SENDERS);
  }

  private Callable<Void> sending(List<ReadyReport> reports) {
    return () -> {
      sender.send(reports, "");
      return null;
    };
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
