// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Follows the reports of each VM: each has the next number, and names the one before. */
final class ReportOrder {
  private final LedgerFindings findings;
  private final Map<UUID, Last> last = new HashMap<>();

  private record Last(long sequence, Digest digest) {}

  ReportOrder(LedgerFindings findings) {
    this.findings = findings;
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
      follow(entry, report);
      last.put(report.vmId(), new Last(report.sequence(), signed.digest()));
    } catch (MalformedReportException e) {
      found(Kind.REPORT_MALFORMED, entry, "its body is no report: " + e.getMessage());
    }
  }

  private void follow(LedgerEntryData entry, AttestationReport report) {
    Optional<Last> before = Optional.ofNullable(last.get(report.vmId()));
    long expected = before.map(Last::sequence).orElse(0L) + 1;
    if (report.sequence() != expected || !report.previous().equals(before.map(Last::digest))) {
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
