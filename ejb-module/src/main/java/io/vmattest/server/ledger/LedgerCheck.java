// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerAudit;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.ledger.LedgerFinding;
import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.ledger.RowSeal;
import io.vmattest.core.report.MalformedReportException;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.tlog.NoteVerifiers;
import io.vmattest.core.tlog.TileSource;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.server.ledger.AuditPage.AuditRow;
import io.vmattest.server.ledger.AuditReader.Extent;
import io.vmattest.server.problem.ServiceException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One check of the ledger in the database. Not thread-safe. */
final class LedgerCheck {
  private final AuditReader reader;
  private final Seals seals;
  private final NoteVerifiers keys;
  private final String origin;
  private final Set<String> configs = new HashSet<>();
  private final List<LedgerFinding> findings = new ArrayList<>();
  private long reports;

  LedgerCheck(AuditReader reader, Seals seals, NoteVerifiers keys, String origin) {
    this.reader = reader;
    this.seals = seals;
    this.keys = keys;
    this.origin = origin;
  }

  /** What was found; empty if all of it holds. */
  List<LedgerFinding> run(Extent ledger, TileSource tiles, ProgressListener progress) {
    LedgerAudit audit =
        new LedgerAudit(
            new StoredCheckpoints(reader, keys, origin, ledger.signed(), findings::add),
            Optional.of(tiles));
    AuditPage page = reader.page(-1, ledger.size());
    while (!page.isLast()) {
      checkSeals(page.rows());
      for (AuditRow row : page.rows()) {
        check(audit, row, Optional.ofNullable(page.reports().get(row.entry().index())));
      }
      progress.progress("entry " + page.lastIndex(), (double) page.lastIndex() / ledger.size());
      page = reader.page(page.lastIndex(), ledger.size());
    }
    findings.addAll(audit.end(ledger.size(), ledger.hash()));
    checkCounts(ledger);
    return findings.subList(0, Math.min(findings.size(), LedgerAudit.MOST_FINDINGS));
  }

  private void checkCounts(Extent ledger) {
    long beyond = reader.beyondTheEnd();
    if (beyond > 0) {
      add(Kind.ENTRY_ADDED, ledger.size(), beyond + " rows stand behind the ledger's end");
    }
    long rows = reader.reports();
    if (rows < reports) {
      add(
          Kind.REPORT_ROW_CHANGED,
          0,
          "%d reports are found by rows of their own, but there are %d".formatted(rows, reports));
    }
  }

  private void check(LedgerAudit audit, AuditRow row, Optional<ReportRow> report) {
    LedgerSummary summary;
    try {
      summary = row.entry().toSummary();
    } catch (IllegalArgumentException e) {
      add(Kind.ENTRY_UNREADABLE, row.entry().index(), "a column holds no such value");
      return;
    }
    audit.entry(summary.data(), summary.hash(), row.body());
    if (summary.data().type() == LedgerEntryData.Type.REPORT && row.body().isPresent()) {
      reports++;
      checkReport(summary.data().index(), row.body().get(), report);
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
  }

  private boolean isKept(String config) {
    if (configs.contains(config)) {
      return true;
    }
    return reader.hasConfig(config) && configs.add(config);
  }

  /** By key, so that each takes one call of the HSM. */
  private void checkSeals(List<AuditRow> rows) {
    Map<String, List<AuditRow>> byKey = new LinkedHashMap<>();
    rows.forEach(
        row -> byKey.computeIfAbsent(row.entry().sealKey(), k -> new ArrayList<>()).add(row));
    byKey.forEach(this::checkSeals);
  }

  private void checkSeals(String key, List<AuditRow> rows) {
    List<AuditRow> readable = new ArrayList<>();
    List<byte[]> messages = new ArrayList<>();
    for (AuditRow row : rows) {
      try {
        LedgerSummary summary = row.entry().toSummary();
        messages.add(RowSeal.message(summary.data(), summary.summary()));
        readable.add(row);
      } catch (IllegalArgumentException e) {
        // Said where the row is looked at.
        continue;
      }
    }
    List<byte[]> made = made(key, messages);
    for (int i = 0; i < readable.size(); i++) {
      LedgerEntryRow row = readable.get(i).entry();
      if (made.isEmpty() || !MessageDigest.isEqual(made.get(i), row.seal())) {
        add(Kind.SEAL_WRONG, row.index(), "its seal is not that of " + key + " over this row");
      }
    }
  }

  /** Empty if there is no such key, which only a forged row can name. */
  private List<byte[]> made(String key, List<byte[]> messages) {
    try {
      return seals.seal(key, messages);
    } catch (ServiceException e) {
      if (seals.hasKey(key)) {
        throw e;
      }
      return List.of();
    }
  }

  private void add(Kind kind, long index, String detail) {
    findings.add(new LedgerFinding(kind, index, detail));
  }
}
