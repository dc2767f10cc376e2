// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.attestation;

import io.vmattest.core.report.Digest;
import io.vmattest.server.ledger.Reports;
import io.vmattest.server.ledger.ReportsAppended;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Optional;

/** For whoever sent a report and waits until it is in the ledger. */
@ApplicationScoped
public class ReportArrivals {
  /** Another server's ingest, or a rejection, is told to nobody here. */
  private static final Duration LOOK = Duration.ofMillis(200);

  @Inject Reports reports;

  private long arrivals;

  /** What was appended can be read from now on. */
  public synchronized void arrived(
      @Observes(during = TransactionPhase.AFTER_SUCCESS) ReportsAppended news) {
    arrivals++;
    notifyAll();
  }

  /**
   * The report of that digest, once it is in the ledger.
   *
   * @throws ServiceException with REPORT_REJECTED, or REPORT_NOT_APPENDED if it is not there by
   *     then
   */
  public StoredReport await(Digest digest, Duration atMost) {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (System.nanoTime() - deadline < 0) {
      long before = count();
      Optional<StoredReport> stored = reports.find(digest);
      if (stored.isPresent()) {
        return stored.get();
      }
      reports
          .rejection(digest)
          .ifPresent(
              reason -> {
                throw new ServiceException(Problem.REPORT_REJECTED, reason);
              });
      awaitBeyond(before);
    }
    throw new ServiceException(
        Problem.REPORT_NOT_APPENDED,
        "report " + digest.hex() + " is made, but was not appended to the ledger in time");
  }

  private synchronized long count() {
    return arrivals;
  }

  private synchronized void awaitBeyond(long before) {
    long until = System.nanoTime() + LOOK.toNanos();
    long left = LOOK.toMillis();
    try {
      while (arrivals == before && left > 0) {
        wait(left);
        left = Duration.ofNanos(until - System.nanoTime()).toMillis();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServiceException(
          Problem.REPORT_NOT_APPENDED, "the server stopped waiting for the report", e);
    }
  }
}
