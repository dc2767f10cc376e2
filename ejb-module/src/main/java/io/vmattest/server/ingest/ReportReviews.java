// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import io.vmattest.server.ledger.CheckedReport;
import io.vmattest.server.ledger.ReportChecks;
import io.vmattest.server.ledger.ReportRejectedException;
import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;

/** Checks many reports, on all processors where that is worth it. */
@ApplicationScoped
public class ReportReviews {
  /** Of less, the handing over costs more than it saves. */
  private static final int SMALLEST_PART = 16;

  @Inject ReportChecks checks;

  @Resource
  @SuppressWarnings("NullAway.Init")
  ManagedExecutorService executor;

  /** What the checks without the ledger say of a report. */
  sealed interface Review {
    QueuedReport queued();

    /** It may be appended. */
    record Passed(QueuedReport queued, CheckedReport report) implements Review {}

    /** It can never be appended. */
    record Refused(QueuedReport queued, String reason) implements Review {}
  }

  /** A review of each, in their order. */
  List<Review> of(List<? extends QueuedReport> queued) {
    int parts =
        Math.max(
            1, Math.min(Runtime.getRuntime().availableProcessors(), queued.size() / SMALLEST_PART));
    List<SharedWork<List<Review>>> others = new ArrayList<>();
    for (int part = 1; part < parts; part++) {
      List<? extends QueuedReport> some = part(queued, part, parts);
      others.add(SharedWork.offered(executor, () -> each(some)));
    }
    List<Review> reviews = new ArrayList<>(queued.size());
    reviews.addAll(each(part(queued, 0, parts)));
    others.forEach(other -> reviews.addAll(other.result()));
    return reviews;
  }

  private static List<? extends QueuedReport> part(
      List<? extends QueuedReport> queued, int part, int parts) {
    return queued.subList(queued.size() * part / parts, queued.size() * (part + 1) / parts);
  }

  private List<Review> each(List<? extends QueuedReport> queued) {
    return queued.stream().map(this::review).toList();
  }

  private Review review(QueuedReport queued) {
    try {
      return new Review.Passed(queued, checks.check(queued.read()));
    } catch (ReportRejectedException e) {
      return new Review.Refused(queued, e.reason());
    }
  }
}
