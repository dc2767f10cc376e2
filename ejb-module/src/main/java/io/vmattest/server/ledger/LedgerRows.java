// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerEntryData;
import jakarta.persistence.EntityManager;
import java.util.List;

/** Reads entries without their bodies, and without making entities of them. */
final class LedgerRows {
  private LedgerRows() {}

  /**
   * Those behind an index, in their order.
   *
   * @param after -1 from the start
   */
  static List<LedgerSummary> summaries(EntityManager em, long after, int limit) {
    return em.createQuery(
            "SELECT e.index, e.type, e.occurredAt, e.vmId, e.bodyDigest, e.previousHash,"
                + " e.entryHash, e.summary FROM LedgerEntryRow e WHERE e.index > :after"
                + " ORDER BY e.index",
            Object[].class)
        .setParameter("after", after)
        .setMaxResults(limit)
        .getResultStream()
        .map(LedgerEntryRow::summary)
        .toList();
  }

  static List<LedgerEntryData> page(EntityManager em, long after, int limit) {
    return summaries(em, after, limit).stream().map(LedgerSummary::data).toList();
  }
}
