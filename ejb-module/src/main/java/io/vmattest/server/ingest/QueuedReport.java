// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import io.vmattest.server.ledger.IncomingReport;
import io.vmattest.server.ledger.ReportRejectedException;

/** A report's message, taken from the queue. */
interface QueuedReport {
  /**
   * What it brings.
   *
   * @throws ReportRejectedException if it has not the form of a report's message
   */
  IncomingReport read() throws ReportRejectedException;

  /** Whatever of it can be kept as bytes. */
  byte[] bytes();

  /** How often it was too early and was put behind the others. */
  int returns();
}
