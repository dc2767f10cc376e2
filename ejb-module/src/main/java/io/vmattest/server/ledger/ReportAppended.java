// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

/** Fired inside the transaction that appends a report; who throws undoes it. */
public record ReportAppended(StoredReport report) {}
