// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.server.ledger.ReportReviews.Review;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReportReviewsTest {
  private static final SignedReport SIGNED = new ReportMaker().sign(new StandInTpm());

  private final ReportReviews reviews = new ReportReviews();

  ReportReviewsTest() {
    reviews.checks = new Checks();
    reviews.executor = executor();
  }

  @Test
  void reviewsComeInTheOrderOfTheReportsHoweverManyThereAre() {
    for (int count : new int[] {0, 1, 15, 16, 33, 100, 257}) {
      List<Queued> queued = IntStream.range(0, count).mapToObj(i -> new Queued("" + i)).toList();
      List<Review> all = reviews.of(queued);
      assertEquals(queued, all.stream().map(Review::queued).toList());
      all.forEach(review -> assertInstanceOf(Review.Passed.class, review));
    }
  }

  @Test
  void oneThatIsRefusedLeavesTheOthersWhatTheyAre() {
    List<Queued> queued =
        IntStream.range(0, 64).mapToObj(i -> new Queued(i == 40 ? "refused" : "" + i)).toList();
    List<Review> all = reviews.of(queued);
    assertEquals("no report", assertInstanceOf(Review.Refused.class, all.get(40)).reason());
    assertEquals(63, all.stream().filter(Review.Passed.class::isInstance).count());
  }

  @Test
  void aFaultInAnyPartIsTheCallers() {
    List<Queued> queued =
        IntStream.range(0, 64).mapToObj(i -> new Queued(i == 63 ? "fault" : "" + i)).toList();
    assertThrows(IllegalStateException.class, () -> reviews.of(queued));
  }

  /** The container's, as far as it is used. */
  private static ManagedExecutorService executor() {
    return (ManagedExecutorService)
        Proxy.newProxyInstance(
            ReportReviewsTest.class.getClassLoader(),
            new Class<?>[] {ManagedExecutorService.class},
            (proxy, method, arguments) -> method.invoke(ForkJoinPool.commonPool(), arguments));
  }

  private record Queued(String name) implements QueuedReport {
    @Override
    public IncomingReport read() {
      return new IncomingReport(SIGNED.encoded(), name, Optional.empty(), false);
    }

    @Override
    public byte[] bytes() {
      return SIGNED.encoded();
    }

    @Override
    public int returns() {
      return 0;
    }
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
      return new CheckedReport(incoming, SIGNED, Digest.sha256());
    }
  }
}
