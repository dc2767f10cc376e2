// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

/** What became of a report that was to be appended. */
public sealed interface AppendOutcome {
  /** It is in the ledger, since now or since before. */
  record Appended(StoredReport report) implements AppendOutcome {}

  /** It can never be appended. */
  record Refused(String reason) implements AppendOutcome {}

  /** It can be appended once another one is. */
  record TooEarly(String reason) implements AppendOutcome {}

  /**
   * The report.
   *
   * @throws ReportRejectedException if it was refused
   * @throws ReportTooEarlyException if it has to wait
   */
  default StoredReport stored() throws ReportRejectedException, ReportTooEarlyException {
    if (this instanceof Refused refused) {
      throw new ReportRejectedException(refused.reason());
    }
    if (this instanceof TooEarly early) {
      throw new ReportTooEarlyException(early.reason());
    }
    return ((Appended) this).report();
  }
}
