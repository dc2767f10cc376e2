// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import io.vmattest.server.ingest.ReportReviews.Review;
import io.vmattest.server.ledger.AppendOutcome;
import io.vmattest.server.ledger.ReportRejectedException;
import io.vmattest.server.ledger.ReportTooEarlyException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Settles reports that were taken from the queue together: they are checked, one commit makes all
 * of them durable that can be appended, and with the others something else is done.
 */
@ApplicationScoped
public class ReportBatch {
  static final String GIVEN_UP = "every attempt to append it failed; the server's log says why";

  private static final Logger LOG = System.getLogger(ReportBatch.class.getName());
  private static final long PAUSE_MILLIS = 250;
  private static final long LONGEST_PAUSE_MILLIS = 10_000;

  @Inject ReportReviews reviews;
  @Inject GroupTransaction transaction;
  @Inject ReportMessages messages;

  /**
   * Those that pass what can be checked without the ledger; the others are recorded as rejected.
   *
   * @param queued in the order of the queue
   */
  List<Review.Passed> check(List<? extends QueuedReport> queued) {
    List<Review.Passed> passed = new ArrayList<>(queued.size());
    for (Review review : reviews.of(queued)) {
      if (review instanceof Review.Passed one) {
        passed.add(one);
      } else if (review instanceof Review.Refused refused) {
        reject(refused.queued(), refused.reason());
      }
    }
    return passed;
  }

  /**
   * Appends by one commit what can be appended, and says what became of each.
   *
   * @throws RuntimeException if nothing was appended
   */
  List<AppendOutcome> append(List<Review.Passed> passed) {
    return passed.isEmpty()
        ? List.of()
        : transaction.append(passed.stream().map(Review.Passed::report).toList());
  }

  /** Rejects or sends again, in the queue's transaction, what could not be appended. */
  void conclude(List<Review.Passed> passed, List<AppendOutcome> outcomes) {
    for (int i = 0; i < passed.size(); i++) {
      try {
        outcomes.get(i).stored();
      } catch (ReportRejectedException e) {
        reject(passed.get(i).queued(), e.reason());
      } catch (ReportTooEarlyException e) {
        LOG.log(Logger.Level.INFO, "a report must wait: {0}", e.getMessage());
        again(passed.get(i));
      }
    }
  }

  /** The one before it is in the queue behind it, or comes yet. */
  private void again(Review.Passed early) {
    int returns = early.queued().returns() + 1;
    if (ReportFailures.areTooMany(returns)) {
      giveUp(early.queued());
    } else {
      Duration pause = Duration.ofMillis(Math.min(returns * PAUSE_MILLIS, LONGEST_PAUSE_MILLIS));
      messages.sendAgain(early.report(), returns, pause);
    }
  }

  /** Records a report that could not be appended as often as it was tried. */
  public void giveUp(QueuedReport queued) {
    reject(queued, GIVEN_UP);
  }

  private void reject(QueuedReport queued, String reason) {
    LOG.log(Logger.Level.WARNING, "a report was rejected: {0}", reason);
    transaction.reject(queued.bytes(), reason);
  }
}
