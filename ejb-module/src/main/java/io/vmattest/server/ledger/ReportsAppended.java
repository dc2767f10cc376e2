// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import java.util.List;

/**
 * Fired inside the transaction that appends reports, once for all of them; who throws undoes it.
 */
public record ReportsAppended(List<StoredReport> reports) {
  public ReportsAppended {
    reports = List.copyOf(reports);
  }
}
