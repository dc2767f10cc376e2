// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.server.ingest.ReportReviews.Review;
import io.vmattest.server.ledger.CheckedReports;
import io.vmattest.server.ledger.IncomingReport;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A report on the queue that is told by its name, which is its configuration, too. */
record NamedReport(String name, int returns) implements QueuedReport {
  /** Whatever its name, it is this one. */
  static final SignedReport SIGNED = new ReportMaker().sign(new StandInTpm());

  NamedReport(String name) {
    this(name, 0);
  }

  @Override
  public IncomingReport read() {
    return new IncomingReport(SIGNED.encoded(), name, Optional.empty(), false);
  }

  @Override
  public byte[] bytes() {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  Review.Passed passed() {
    return new Review.Passed(this, CheckedReports.of(read(), SIGNED));
  }
}
