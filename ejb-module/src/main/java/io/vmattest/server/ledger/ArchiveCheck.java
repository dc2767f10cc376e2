// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerFinding;
import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.ledger.LedgerFindings;
import io.vmattest.server.archive.ArchiveFolder;
import io.vmattest.server.archive.DamagedArchiveException;
import io.vmattest.server.archive.DamagedArchiveException.Extent;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Checks the files that bodies were moved to, by the entries that say so; the bodies in them are
 * checked as all others are. Not thread-safe.
 */
final class ArchiveCheck {
  private final AuditReader reader;
  private final ArchiveFolder folder;
  private final LedgerFindings findings;
  private final Set<String> told = new HashSet<>();
  private long files;

  ArchiveCheck(AuditReader reader, ArchiveFolder folder, LedgerFindings findings) {
    this.reader = reader;
    this.folder = folder;
    this.findings = findings;
  }

  /**
   * What is to be said of a body that cannot be read; of a file that is damaged as a whole once.
   */
  Optional<LedgerFinding> finding(long index, FoundBody.Unreadable body) {
    return body.file().isEmpty() || told.add(body.file().get())
        ? Optional.of(new LedgerFinding(body.kind(), index, body.reason()))
        : Optional.empty();
  }

  /** An entry about the ledger itself. */
  void check(long index, byte[] body) {
    Optional<ArchiveRecord> said = ArchiveRecord.parse(body);
    if (said.isEmpty()) {
      return;
    }
    files++;
    if (!reader.archive(index).map(row -> row.says(said.get())).orElse(false)) {
      findings.add(
          Kind.ARCHIVE_ROW_CHANGED,
          index,
          "the row of " + said.get().name().file() + " is not there, or another one's");
    }
    check(index, said.get());
  }

  private void check(long index, ArchiveRecord said) {
    try {
      if (!folder.sha256(said.name()).equals(said.sha256())) {
        findings.add(Kind.ARCHIVE_CHANGED, index, said.name().file() + " has another SHA-256");
      }
    } catch (DamagedArchiveException e) {
      if (told.add(e.file())) {
        findings.add(
            e.extent() == Extent.MISSING ? Kind.ARCHIVE_MISSING : Kind.ARCHIVE_CHANGED,
            index,
            e.reason());
      }
    }
  }

  /** That was the last entry: who adds a row has bodies looked for in his file. */
  void end(long size) {
    long rows = reader.archivesBefore(size);
    if (rows != files) {
      findings.add(
          Kind.ARCHIVE_ROW_CHANGED,
          0,
          "there are rows of %d files, and entries of %d".formatted(rows, files));
    }
  }
}
