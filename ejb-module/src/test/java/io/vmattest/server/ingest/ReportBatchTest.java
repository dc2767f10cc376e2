// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.server.ingest.ReportReviews.Review;
import io.vmattest.server.ledger.AppendOutcome;
import io.vmattest.server.ledger.CheckedReport;
import io.vmattest.server.ledger.StoredReport;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReportBatchTest {
  private final Transactions transactions = new Transactions();
  private final Queue queue = new Queue();
  private final Set<String> failing = new HashSet<>();
  private final ReportBatch batch = new ReportBatch();

  ReportBatchTest() {
    batch.transaction = transactions;
    batch.messages = queue;
    batch.reviews = new Reviews();
  }

  @Test
  void allThatPassAreAppendedByOneTransactionInTheirOrder() {
    settle(List.of(good("a"), good("b"), good("c")));
    assertEquals(List.of(List.of("a", "b", "c")), transactions.appended);
    assertEquals(List.of(), transactions.rejected);
  }

  @Test
  void whatDoesNotPassIsRecordedAndDoesNotHoldUpTheOthers() {
    settle(List.of(good("a"), bad("b"), good("c")));
    assertEquals(List.of(List.of("a", "c")), transactions.appended);
    assertEquals(List.of("b: it does not verify"), transactions.rejected);
  }

  @Test
  void nothingIsAppendedWhereNothingPasses() {
    settle(List.of(bad("a")));
    assertEquals(List.of(), transactions.appended);
    assertEquals(List.of("a: it does not verify"), transactions.rejected);
  }

  @Test
  void whatTheLedgerRefusesIsRecorded() {
    settle(List.of(good("a"), good("refused")));
    assertEquals(List.of("refused: another one is next"), transactions.rejected);
  }

  @Test
  void whatIsTooEarlyComesAgainAfterALongerTimeEachTime() {
    settle(List.of(good("early"), new NamedReport("early", 3)));
    assertEquals(List.of("1 after PT0.25S", "4 after PT1S"), queue.again);
    assertEquals(List.of(), transactions.rejected);
  }

  @Test
  void whatIsTooEarlyTooOftenIsGivenUp() {
    settle(List.of(new NamedReport("early", 39), new NamedReport("early", 40)));
    assertEquals(List.of("40 after PT10S"), queue.again);
    assertEquals(List.of("early: " + ReportBatch.GIVEN_UP), transactions.rejected);
  }

  @Test
  void aFailureIsTheCallersAndNothingIsRejectedForIt() {
    transactions.fault = Optional.of(new IllegalStateException("the disk is full"));
    assertThrows(IllegalStateException.class, () -> settle(List.of(good("a"))));
    assertEquals(List.of(), transactions.rejected);
    assertEquals(List.of(), queue.again);
  }

  private void settle(List<NamedReport> queued) {
    List<Review.Passed> passed = batch.check(queued);
    batch.conclude(passed, batch.append(passed));
  }

  private static NamedReport good(String name) {
    return new NamedReport(name);
  }

  private NamedReport bad(String name) {
    failing.add(name);
    return new NamedReport(name);
  }

  private final class Reviews extends ReportReviews {
    @Override
    List<Review> of(List<? extends QueuedReport> queued) {
      return queued.stream().map(NamedReport.class::cast).map(this::review).toList();
    }

    private Review review(NamedReport queued) {
      return failing.contains(queued.name())
          ? new Review.Refused(queued, "it does not verify")
          : queued.passed();
    }
  }

  private static final class Queue extends ReportMessages {
    final List<String> again = new ArrayList<>();

    @Override
    void sendAgain(CheckedReport report, int returns, Duration after) {
      again.add(returns + " after " + after);
    }
  }

  private static final class Transactions extends GroupTransaction {
    final List<List<String>> appended = new ArrayList<>();
    final List<String> rejected = new ArrayList<>();
    Optional<RuntimeException> fault = Optional.empty();

    @Override
    public List<AppendOutcome> append(List<CheckedReport> group) {
      if (fault.isPresent()) {
        throw fault.get();
      }
      appended.add(group.stream().map(r -> r.incoming().canonicalConfig()).toList());
      return IntStream.range(0, group.size()).mapToObj(i -> outcome(group.get(i), i)).toList();
    }

    private static AppendOutcome outcome(CheckedReport report, long index) {
      String name = report.incoming().canonicalConfig();
      return switch (name) {
        case "refused" -> new AppendOutcome.Refused("another one is next");
        case "early" -> new AppendOutcome.TooEarly("another one is missing");
        default ->
            new AppendOutcome.Appended(new StoredReport(NamedReport.SIGNED, name, false, index));
      };
    }

    @Override
    public void reject(byte[] message, String reason) {
      rejected.add(new String(message, StandardCharsets.UTF_8) + ": " + reason);
    }
  }
}
