// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.ledger.LedgerAudit;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.ledger.LedgerFinding;
import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.ledger.LedgerFindings;
import io.vmattest.core.ledger.VerdictCheck;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.result.ResultKeys;
import io.vmattest.core.tlog.NoteVerifiers;
import io.vmattest.core.tlog.TileSource;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.server.archive.ArchiveFolder;
import io.vmattest.server.ledger.AuditPage.AuditRow;
import io.vmattest.server.ledger.AuditReader.Extent;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** One check of the ledger in the database. Not thread-safe. */
final class LedgerCheck {
  private final AuditReader reader;
  private final Seals seals;
  private final NoteVerifiers keys;
  private final String origin;
  private final Set<String> configs = new HashSet<>();
  private final LedgerFindings findings = new LedgerFindings();
  private final VerdictCheck verdicts;
  private final ArchiveCheck archives;
  private long reports;

  LedgerCheck(
      AuditReader reader,
      ArchiveFolder folder,
      Seals seals,
      NoteVerifiers keys,
      ResultKeys results,
      String origin) {
    this.reader = reader;
    this.seals = seals;
    this.keys = keys;
    this.origin = origin;
    this.verdicts = new VerdictCheck(results, findings);
    this.archives = new ArchiveCheck(reader, folder, findings);
  }

  /** What was found; empty if all of it holds. */
  List<LedgerFinding> run(Extent ledger, TileSource tiles, ProgressListener progress) {
    LedgerAudit audit =
        new LedgerAudit(
            new StoredCheckpoints(reader, keys, origin, ledger.signed(), findings),
            Optional.of(tiles),
            findings);
    AuditPage page = reader.page(-1, ledger.size());
    while (!page.isEmpty()) {
      checkSeals(page.rows());
      page.rows().forEach(row -> check(audit, row));
      progress.progress("entry " + page.lastIndex(), (double) page.lastIndex() / ledger.size());
      page = reader.page(page.lastIndex(), ledger.size());
    }
    audit.end(ledger.size(), ledger.hash());
    checkCounts(ledger);
    return findings.all();
  }

  private void checkCounts(Extent ledger) {
    archives.end(ledger.size());
    checkStrays(Kind.ENTRY_ADDED, ledger, reader.strayEntries(), "entries stand");
    checkStrays(Kind.ENTRY_ADDED, ledger, reader.strayBodies(), "bodies of entries stand");
    checkStrays(Kind.REPORT_ROW_CHANGED, ledger, reader.strayReports(), "reports' rows point");
    long rows = reader.reportsBefore(ledger.size());
    if (rows != reports) {
      add(
          Kind.REPORT_ROW_CHANGED,
          0,
          "%d reports are found by rows of their own, but there are %d".formatted(rows, reports));
    }
  }

  private void checkStrays(Kind kind, Extent ledger, long strays, String what) {
    if (strays > 0) {
      add(
          kind,
          ledger.size(),
          strays + " " + what + " behind the ledger's end, or before its start");
    }
  }

  private void check(LedgerAudit audit, AuditRow row) {
    if (row.summary().isEmpty()) {
      add(Kind.ENTRY_UNREADABLE, row.entry().index(), "a column holds no such value");
      return;
    }
    LedgerSummary summary = row.summary().get();
    if (summary.data().type() == LedgerEntryData.Type.REPORT) {
      reports++;
    }
    if (row.body() instanceof FoundBody.Whole whole) {
      check(audit, summary, whole.bytes(), row.report());
    } else if (row.body() instanceof FoundBody.Unreadable unreadable) {
      audit.unread(
          summary.data(), summary.hash(), archives.finding(summary.data().index(), unreadable));
    } else {
      audit.entry(summary.data(), summary.hash(), Optional.empty());
    }
  }

  private void check(
      LedgerAudit audit, LedgerSummary summary, byte[] body, Optional<ReportRow> report) {
    audit.entry(summary.data(), summary.hash(), Optional.of(body));
    if (summary.data().type() == LedgerEntryData.Type.REPORT) {
      checkReport(summary.data().index(), body, report);
    }
    if (summary.data().type() == LedgerEntryData.Type.VERDICT) {
      verdicts.check(summary.data(), body);
    }
    if (summary.data().type() == LedgerEntryData.Type.LEDGER) {
      archives.check(summary.data().index(), body);
    }
  }

  private void checkReport(long index, byte[] body, Optional<ReportRow> row) {
    SignedReport signed;
    try {
      signed = SignedReport.parse(body);
    } catch (MalformedReportException e) {
      // The audit has said so.
      return;
    }
    if (row.isEmpty() || !row.get().isOf(signed)) {
      add(Kind.REPORT_ROW_CHANGED, index, "the report's row is not there, or another one's");
    } else if (!row.get().isConfiguredAs(signed) || !isKept(row.get().configDigest())) {
      add(Kind.CONFIG_CHANGED, index, "its configuration is not the one that it names");
    }
    if (signed.report().component(GuestDocument.COMPONENT).isPresent()) {
      reader.guestFault(signed, index).ifPresent(why -> add(Kind.GUEST_CHANGED, index, why));
    }
  }

  private boolean isKept(String config) {
    if (configs.contains(config)) {
      return true;
    }
    return reader.hasConfig(config) && configs.add(config);
  }

  /** By key, so that each takes one call of the HSM. */
  private void checkSeals(List<AuditRow> rows) {
    rows.stream()
        .filter(row -> row.summary().isPresent())
        .collect(Collectors.groupingBy(row -> row.entry().sealKey()))
        .forEach(this::checkSeals);
  }

  /** Only a forged row names a key that there is not. */
  private void checkSeals(String key, List<AuditRow> rows) {
    List<byte[]> messages = rows.stream().map(AuditRow::sealed).flatMap(Optional::stream).toList();
    List<byte[]> made = seals.hasKey(key) ? seals.seal(key, messages) : List.of();
    for (int i = 0; i < rows.size(); i++) {
      LedgerEntryRow row = rows.get(i).entry();
      if (made.isEmpty() || !MessageDigest.isEqual(made.get(i), row.seal())) {
        add(Kind.SEAL_WRONG, row.index(), "its seal is not that of " + key + " over this row");
      }
    }
  }

  private void add(Kind kind, long index, String detail) {
    findings.add(kind, index, detail);
  }
}
