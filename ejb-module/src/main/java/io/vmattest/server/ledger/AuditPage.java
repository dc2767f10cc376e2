// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.RowSeal;
import io.vmattest.server.problem.ServiceException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Rows of the ledger as they are in the database, nothing of them believed. */
record AuditPage(List<AuditRow> rows) {
  /**
   * An entry, and what is found by it.
   *
   * @param summary what the row says; empty if no entry can say so
   * @param body what is there of it
   * @param report the row of a report that names the entry, if one does
   */
  record AuditRow(
      LedgerEntryRow entry,
      Optional<LedgerSummary> summary,
      FoundBody body,
      Optional<ReportRow> report) {
    static AuditRow of(LedgerEntryRow entry, FoundBody body, Map<Long, ReportRow> reports) {
      return new AuditRow(
          entry, readable(entry), body, Optional.ofNullable(reports.get(entry.index())));
    }

    private static Optional<LedgerSummary> readable(LedgerEntryRow entry) {
      try {
        return Optional.of(entry.toSummary());
      } catch (ServiceException e) {
        return Optional.empty();
      }
    }

    /** What its seal must be over. */
    Optional<byte[]> sealed() {
      return summary.map(s -> RowSeal.message(s.data(), s.summary()));
    }
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  long lastIndex() {
    return rows.get(rows.size() - 1).entry().index();
  }
}
