// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Rows of the ledger as they are in the database, nothing of them believed.
 *
 * @param reports those of the entries that are reports, by the entry's index
 */
record AuditPage(List<AuditRow> rows, Map<Long, ReportRow> reports) {
  /**
   * @param body empty if it is not there
   */
  record AuditRow(LedgerEntryRow entry, Optional<byte[]> body) {}

  boolean isLast() {
    return rows.isEmpty();
  }

  long lastIndex() {
    return rows.get(rows.size() - 1).entry().index();
  }
}
