// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.TreeEdge;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What an audit needs of the entries before to go on behind them. Whoever keeps one vouches that
 * they held.
 *
 * @param edge of the tree over those entries, whose number is its size
 * @param last hash of the last of them
 * @param reports each VM's last report
 * @param counters the value of each that the last checkpoint bound to it names
 * @param acknowledged counters whose next checkpoint may name any value
 */
public record AuditState(
    TreeEdge edge,
    Digest last,
    Map<UUID, LastReport> reports,
    Map<String, Long> counters,
    Set<String> acknowledged) {
  public AuditState {
    reports = Map.copyOf(reports);
    counters = Map.copyOf(counters);
    acknowledged = Set.copyOf(acknowledged);
  }

  /** A VM's last report: its number, and the digest that the next one must name. */
  public record LastReport(long sequence, Digest digest) {}

  /** Before the first entry. */
  public static AuditState start() {
    return new AuditState(TreeEdge.empty(), LedgerEntryData.GENESIS, Map.of(), Map.of(), Set.of());
  }
}
