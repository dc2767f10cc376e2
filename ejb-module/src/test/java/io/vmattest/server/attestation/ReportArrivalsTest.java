// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.report.Digest;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.server.ledger.Reports;
import io.vmattest.server.ledger.ReportsAppended;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReportArrivalsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final StoredReport report =
      new StoredReport(new ReportMaker().sign(new StandInTpm()), "<domain/>", true, 0);
  private final CountDownLatch looked = new CountDownLatch(1);
  private volatile boolean isThere;
  private volatile Optional<String> rejected = Optional.empty();
  private final ReportArrivals arrivals = new ReportArrivals();

  ReportArrivalsTest() {
    arrivals.reports =
        new Reports() {
          @Override
          public Optional<StoredReport> find(Digest digest) {
            looked.countDown();
            return isThere ? Optional.of(report) : Optional.empty();
          }

          @Override
          public Optional<String> rejection(Digest digest) {
            return rejected;
          }
        };
  }

  private CompletableFuture<StoredReport> awaited() throws InterruptedException {
    CompletableFuture<StoredReport> result =
        CompletableFuture.supplyAsync(() -> arrivals.await(report.digest(), PATIENCE));
    looked.await();
    return result;
  }

  @Test
  void whoWaitsIsToldThatAReportHasArrived() throws Exception {
    CompletableFuture<StoredReport> result = awaited();
    isThere = true;
    arrivals.arrived(new ReportsAppended(List.of(report)));
    assertEquals(report, result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  @Test
  void whatAnotherServerAppendedIsFoundWithoutBeingTold() throws Exception {
    CompletableFuture<StoredReport> result = awaited();
    isThere = true;
    assertEquals(report, result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  @Test
  void aRejectionIsToldWithItsReason() {
    rejected = Optional.of("it is not signed");
    ServiceException e =
        assertThrows(ServiceException.class, () -> arrivals.await(report.digest(), PATIENCE));
    assertEquals(Problem.REPORT_REJECTED, e.problem());
    assertEquals("it is not signed", e.getMessage());
  }

  @Test
  void whatDoesNotArriveInTimeIsGivenUp() {
    ServiceException e =
        assertThrows(
            ServiceException.class, () -> arrivals.await(report.digest(), Duration.ofMillis(1)));
    assertEquals(Problem.REPORT_NOT_APPENDED, e.problem());
  }
}
