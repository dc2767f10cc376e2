// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.server.ingest.ReportReviews.Review;
import io.vmattest.server.ledger.CheckedReport;
import io.vmattest.server.ledger.CheckedReports;
import io.vmattest.server.ledger.IncomingReport;
import io.vmattest.server.ledger.ReportChecks;
import io.vmattest.server.ledger.ReportRejectedException;
import io.vmattest.server.testing.StandInExecutor;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReportReviewsTest {
  private final ReportReviews reviews = new ReportReviews();

  ReportReviewsTest() {
    reviews.checks = new Checks();
    reviews.executor = StandInExecutor.of(ForkJoinPool.commonPool());
  }

  @Test
  void reviewsComeInTheOrderOfTheReportsHoweverManyThereAre() {
    for (int count : new int[] {0, 1, 15, 16, 33, 100, 257}) {
      List<NamedReport> queued =
          IntStream.range(0, count).mapToObj(i -> new NamedReport("" + i)).toList();
      List<Review> all = reviews.of(queued);
      assertEquals(queued, all.stream().map(Review::queued).toList());
      all.forEach(review -> assertInstanceOf(Review.Passed.class, review));
    }
  }

  @Test
  void oneThatIsRefusedLeavesTheOthersWhatTheyAre() {
    List<NamedReport> queued =
        IntStream.range(0, 64)
            .mapToObj(i -> new NamedReport(i == 40 ? "refused" : "" + i))
            .toList();
    List<Review> all = reviews.of(queued);
    assertEquals("no report", assertInstanceOf(Review.Refused.class, all.get(40)).reason());
    assertEquals(63, all.stream().filter(Review.Passed.class::isInstance).count());
  }

  @Test
  void aFaultInAnyPartIsTheCallers() {
    List<NamedReport> queued =
        IntStream.range(0, 64).mapToObj(i -> new NamedReport(i == 63 ? "fault" : "" + i)).toList();
    assertThrows(IllegalStateException.class, () -> reviews.of(queued));
  }

  private static final class Checks extends ReportChecks {
    @Override
    public CheckedReport check(IncomingReport incoming) throws ReportRejectedException {
      if (incoming.canonicalConfig().equals("refused")) {
        throw new ReportRejectedException("no report");
      }
      if (incoming.canonicalConfig().equals("fault")) {
        throw new IllegalStateException("a fault");
      }
      return CheckedReports.of(incoming, NamedReport.SIGNED);
    }
  }
}
