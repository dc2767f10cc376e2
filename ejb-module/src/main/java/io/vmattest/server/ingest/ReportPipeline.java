// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import io.vmattest.server.ingest.ReportReviews.Review;
import io.vmattest.server.ledger.AppendOutcome;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;

/**
 * Settles batch after batch: each is taken and checked while the one before it becomes durable, and
 * appended after it.
 */
@ApplicationScoped
public class ReportPipeline {
  @Inject ReportBatch batch;

  @Resource
  @SuppressWarnings("NullAway.Init")
  ManagedExecutorService executor;

  /** A batch that is appended, perhaps by another thread. */
  private record Appending(List<Review.Passed> passed, SharedWork<List<AppendOutcome>> outcomes) {}

  /**
   * Settles all of a source. When it returns, none has to come again.
   *
   * @throws RuntimeException if not all are settled; those that are change nothing when they come
   *     again, and none is worked on any more
   */
  public void settle(ReportSource source) {
    Appending latest = new Appending(List.of(), SharedWork.kept(List::of));
    try {
      boolean areLast;
      do {
        ReportSource.Taken taken = source.take();
        areLast = taken.areLast();
        List<Review.Passed> passed = batch.check(taken.reports());
        conclude(latest);
        latest = appending(passed, areLast);
      } while (!areLast);
      conclude(latest);
    } finally {
      latest.outcomes.end();
    }
  }

  /** Nothing is done beside the last: it needs no other thread. */
  private Appending appending(List<Review.Passed> passed, boolean areLast) {
    return new Appending(
        passed,
        areLast
            ? SharedWork.kept(() -> batch.append(passed))
            : SharedWork.offered(executor, () -> batch.append(passed)));
  }

  private void conclude(Appending appending) {
    batch.conclude(appending.passed, appending.outcomes.result());
  }
}
