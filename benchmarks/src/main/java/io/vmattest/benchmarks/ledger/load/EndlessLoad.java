// SPDX-License-Identifier: Apache-2.0
package io.vmattest.benchmarks.ledger.load;

import io.vmattest.core.report.Digest;
import io.vmattest.server.ledger.Reports;
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
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * If there is {@code load/endless} in the server's state folder: sends every report of {@code
 * load/reports} that is not in the ledger yet, as fast as they are taken, from whichever was the
 * last when the server was killed. {@link Acknowledgements} keeps which are durable. When all are
 * in the ledger, it writes {@code load/complete}.
 */
@Singleton
@Startup
@TransactionManagement(TransactionManagementType.BEAN)
public class EndlessLoad {
  private static final int AT_ONCE = 16;
  private static final int MOST_WAITING = 512;

  /** So many in a row that the ledger has not: it has none of those that follow. */
  private static final int NONE_FOLLOWS = 2 * MOST_WAITING;

  private static final long SILENCE_MILLIS = 3000;

  @Resource
  @SuppressWarnings("NullAway.Init")
  ManagedExecutorService executor;

  @Inject
  @SuppressWarnings("NullAway.Init")
  ReportSender sender;

  @Inject
  @SuppressWarnings("NullAway.Init")
  Acknowledgements acknowledgements;

  @Inject
  @SuppressWarnings("NullAway.Init")
  Reports reports;

  private final Path folder = Path.of(System.getProperty("vmattest.state", ".")).resolve("load");
  private final String run = Long.toString(System.nanoTime(), 36);
  private final Set<String> waiting = new HashSet<>();
  private volatile boolean ended;

  @PostConstruct
  void begin() {
    if (Files.exists(folder.resolve("endless"))) {
      executor.execute(this::work);
    }
  }

  @PreDestroy
  void end() {
    ended = true;
  }

  private void work() {
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(Files.newInputStream(folder.resolve("reports")), 1 << 20))) {
      Set<String> known = acknowledgements.read();
      int absent = 0;
      List<ReadyReport> batch = new ArrayList<>();
      for (Optional<ReadyReport> next = next(in); next.isPresent() && !ended; next = next(in)) {
        ReadyReport report = next.get();
        boolean there =
            known.contains(report.digest()) || absent < NONE_FOLLOWS && isInLedger(report.digest());
        absent = there ? 0 : absent + 1;
        if (!there) {
          batch.add(report);
        }
        if (batch.size() == AT_ONCE) {
          send(batch);
        }
      }
      send(batch);
      awaitAtMost(0);
      if (!ended) {
        Files.writeString(folder.resolve("complete"), "");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | JMSException | RuntimeException e) {
      System.getLogger(EndlessLoad.class.getName())
          .log(System.Logger.Level.ERROR, "the load ended", e);
    }
  }

  private static Optional<ReadyReport> next(DataInputStream in) throws IOException {
    try {
      return Optional.of(ReadyReport.read(in));
    } catch (EOFException e) {
      return Optional.empty();
    }
  }

  private void send(List<ReadyReport> batch) throws JMSException, InterruptedException {
    batch.forEach(report -> waiting.add(report.digest()));
    sender.send(batch, run);
    batch.clear();
    awaitAtMost(MOST_WAITING);
  }

  /** What was durable when the server died was told to nobody: then the ledger is asked. */
  private void awaitAtMost(int most) throws InterruptedException {
    while (waiting.size() > most && !ended) {
      if (!acknowledgements.takeFrom(waiting, SILENCE_MILLIS)) {
        waiting.removeIf(this::isInLedger);
      }
    }
  }

  /** The database may be away, too. */
  private boolean isInLedger(String digest) {
    while (!ended) {
      try {
        return reports.find(Digest.ofHex(digest)).isPresent();
      } catch (RuntimeException e) {
        pause();
      }
    }
    return false;
  }

  private void pause() {
    try {
      Thread.sleep(500);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      ended = true;
    }
  }
}
