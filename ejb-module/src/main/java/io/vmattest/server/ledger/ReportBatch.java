// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Settles reports that were taken from the queue together: one commit makes all of them durable
 * that can be appended. When it returns, none of them has to come again.
 */
@ApplicationScoped
public class ReportBatch {
  static final String GIVEN_UP = "every attempt to append it failed; the server's log says why";

  private static final Logger LOG = System.getLogger(ReportBatch.class.getName());
  private static final long PAUSE_MILLIS = 250;
  private static final long LONGEST_PAUSE_MILLIS = 10_000;

  @Inject ReportChecks checks;
  @Inject GroupTransaction transaction;
  @Inject ReportMessages messages;

  private record Checked(QueuedReport queued, CheckedReport report) {}

  /**
   * Appends, rejects or sends again.
   *
   * @param queued in the order of the queue
   * @throws RuntimeException if not all are settled; those that are change nothing when they come
   *     again
   */
  public void settle(List<? extends QueuedReport> queued) {
    List<Checked> checked = new ArrayList<>(queued.size());
    for (QueuedReport each : queued) {
      try {
        checked.add(new Checked(each, checks.check(each.read())));
      } catch (ReportRejectedException e) {
        reject(each, e.reason());
      }
    }
    if (!checked.isEmpty()) {
      append(checked);
    }
  }

  private void append(List<Checked> checked) {
    List<AppendOutcome> outcomes =
        transaction.append(checked.stream().map(Checked::report).toList());
    for (int i = 0; i < checked.size(); i++) {
      try {
        outcomes.get(i).stored();
      } catch (ReportRejectedException e) {
        reject(checked.get(i).queued(), e.reason());
      } catch (ReportTooEarlyException e) {
        LOG.log(Logger.Level.INFO, "a report must wait: {0}", e.getMessage());
        again(checked.get(i));
      }
    }
  }

  /** The one before it is in the queue behind it, or comes yet. */
  private void again(Checked early) {
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
