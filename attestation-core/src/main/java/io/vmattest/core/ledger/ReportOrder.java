// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import io.vmattest.core.ledger.AuditState.LastReport;
import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Follows the reports of each VM: each has the next number, and names the one before. */
final class ReportOrder {
  private final LedgerFindings findings;
  private final ReportCheck check;
  private final Map<UUID, LastReport> last;
  private final Set<UUID> interrupted = new HashSet<>();
  private boolean isIncomplete;

  ReportOrder(LedgerFindings findings, ReportCheck check, Map<UUID, LastReport> last) {
    this.findings = findings;
    this.check = check;
    this.last = new HashMap<>(last);
  }

  /** An entry is lost that may have been any VM's report: each one's next is taken as it is. */
  void lost() {
    last.clear();
    isIncomplete = true;
  }

  /** A VM's report cannot be read: its next one is taken as it is. */
  void lost(UUID vm) {
    last.remove(vm);
    interrupted.add(vm);
  }

  Map<UUID, LastReport> last() {
    return Map.copyOf(last);
  }

  void next(LedgerEntryData entry, byte[] body) {
    try {
      SignedReport signed = SignedReport.parse(body);
      AttestationReport report = signed.report();
      if (!Optional.of(report.vmId()).equals(entry.vm())) {
        found(
            Kind.REPORT_OF_ANOTHER_VM,
            entry,
            "it is about VM %s, and the report about %s"
                .formatted(entry.vm().map(UUID::toString).orElse("none"), report.vmId()));
      }
      check.fault(entry, signed).ifPresent(fault -> found(Kind.REPORT_NOT_VERIFIED, entry, fault));
      follow(entry, report);
      last.put(report.vmId(), new LastReport(report.sequence(), signed.digest()));
    } catch (MalformedReportException e) {
      found(Kind.REPORT_MALFORMED, entry, "its body is no report: " + e.getMessage());
    }
  }

  private void follow(LedgerEntryData entry, AttestationReport report) {
    Optional<LastReport> before = Optional.ofNullable(last.get(report.vmId()));
    if (before.isEmpty() && (isIncomplete || interrupted.contains(report.vmId()))) {
      return;
    }
    long expected = before.map(LastReport::sequence).orElse(0L) + 1;
    if (report.sequence() != expected
        || !report.previous().equals(before.map(LastReport::digest))) {
      found(
          Kind.REPORT_DOES_NOT_FOLLOW,
          entry,
          "report %d of VM %s stands where %d should, or names another one before"
              .formatted(report.sequence(), report.vmId(), expected));
    }
  }

  private void found(Kind kind, LedgerEntryData entry, String detail) {
    findings.add(kind, entry.index(), detail);
  }
}
