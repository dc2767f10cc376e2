// SPDX-License-Identifier: Apache-2.0
package io.vmattest.benchmarks.ledger.load;

import io.vmattest.server.ledger.ReportsAppended;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The reports of which the server said that they are durable, a digest a line in {@code
 * load/acknowledged}: what was written there outlives the process. None of them may be lost.
 */
@ApplicationScoped
public class Acknowledgements {
  private static final int LINE = 65;

  private final Path folder = Path.of(System.getProperty("vmattest.state", ".")).resolve("load");
  private final List<String> news = new ArrayList<>();

  void appended(@Observes(during = TransactionPhase.AFTER_SUCCESS) ReportsAppended appended) {
    if (Files.exists(folder.resolve("endless"))) {
      add(appended.reports().stream().map(report -> report.digest().hex()).toList());
    }
  }

  private synchronized void add(List<String> digests) {
    try {
      Files.writeString(
          folder.resolve("acknowledged"),
          String.join("\n", digests) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    news.addAll(digests);
    notifyAll();
  }

  /** Those of earlier runs; of the last line, half may be there. */
  Set<String> read() throws IOException {
    Path file = folder.resolve("acknowledged");
    Set<String> result = new HashSet<>();
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        if (line.length() == LINE - 1) {
          result.add(line);
        }
      }
    }
    return result;
  }

  /** Takes what became durable from a set; false if nothing did for so long. */
  synchronized boolean takeFrom(Set<String> waiting, long millis) throws InterruptedException {
    if (news.isEmpty()) {
      wait(millis);
    }
    news.forEach(waiting::remove);
    boolean any = !news.isEmpty();
    news.clear();
    return any;
  }
}
