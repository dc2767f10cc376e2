// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.server.archive.ArchiveFolder;
import io.vmattest.server.archive.DamagedArchiveException;
import io.vmattest.server.bodies.BodyKey;
import io.vmattest.server.bodies.BodyKeys;
import io.vmattest.server.bodies.BodyPlace;
import io.vmattest.server.bodies.StoredBody;
import io.vmattest.server.bodies.UnreadableBodyException;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Optional;

/**
 * All that writes or reads bodies of entries, and guests' documents, does it here, whether they are
 * in the database or were moved to a file.
 *
 * <p>System property {@code vmattest.ledger.encrypt}: whether reports and guests' documents are
 * encrypted from now on. What is in the database already stays as it is, and is read either way.
 */
@Stateless
public class LedgerBodies {
  /** Entries with what is stored of their bodies; who asks adds to ON, WHERE and ORDER. */
  static final String SELECT =
      "SELECT e, b.body, b.bodyKey FROM LedgerEntryRow e"
          + " LEFT JOIN LedgerBodyRow b ON b.index = e.index";

  @Inject EntityManager em;
  @Inject BodyKeys keys;

  ArchiveFolder folder = ArchiveFolder.ofState();
  boolean encrypts = Boolean.getBoolean("vmattest.ledger.encrypt");

  /** An entry, and what there is of its body. */
  record Found(LedgerEntryRow entry, FoundBody body) {}

  /**
   * Makes the key that is written with, if a new one is wanted: the HSM and a transaction of its
   * own are not to be waited for with the ledger locked.
   *
   * @throws ServiceException with HSM_UNAVAILABLE
   */
  public void prepare() {
    if (encrypts) {
      keys.forNew(0);
    }
  }

  /**
   * Writes the bodies of entries that were written.
   *
   * @throws ServiceException with HSM_UNAVAILABLE
   */
  public void write(List<LedgerRecord> records) {
    int reports = (int) records.stream().filter(LedgerBodies::isReport).count();
    Optional<BodyKey> key = key(reports);
    List<LedgerBodyRow> rows = new ArrayList<>(records.size());
    for (LedgerRecord record : records) {
      BodyPlace place = BodyPlace.ofEntry(record.data().index());
      rows.add(
          new LedgerBodyRow(
              record.data().index(),
              stored(key.filter(k -> isReport(record)), record.body(), place)));
    }
    RowInserts.insert(em, LedgerBodyRow.INSERT, rows);
  }

  private static boolean isReport(LedgerRecord record) {
    return record.data().type() == LedgerEntryData.Type.REPORT;
  }

  /**
   * Writes what was seen inside a report's guest.
   *
   * @throws ServiceException with HSM_UNAVAILABLE
   */
  public void write(Digest report, GuestDocument document) {
    em.persist(
        new GuestRow(report, stored(key(1), document.compressed(), BodyPlace.ofGuest(report))));
  }

  private Optional<BodyKey> key(int bodies) {
    return encrypts && bodies > 0 ? Optional.of(keys.forNew(bodies)) : Optional.empty();
  }

  private static StoredBody stored(Optional<BodyKey> key, byte[] plain, BodyPlace place) {
    return key.map(k -> k.seal(plain, place)).orElseGet(() -> StoredBody.plain(plain));
  }

  /**
   * Entries whose bodies are there.
   *
   * @param rows of {@link #SELECT}
   * @throws ServiceException with LEDGER_DAMAGED if one cannot be read, or HSM_UNAVAILABLE
   */
  public List<LedgerRecord> whole(List<Object[]> rows) {
    List<LedgerRecord> records = new ArrayList<>(rows.size());
    for (Found found : found(rows)) {
      if (found.body() instanceof FoundBody.Unreadable unreadable) {
        throw new ServiceException(
            Problem.LEDGER_DAMAGED,
            "ledger entry " + found.entry().index() + ": " + unreadable.reason());
      }
      if (found.body() instanceof FoundBody.Whole whole) {
        records.add(found.entry().toSummary().withBody(whole.bytes()));
      }
    }
    return records;
  }

  /**
   * What there is of entries' bodies, in their order; nothing of it is believed.
   *
   * @param rows of {@link #SELECT}
   * @throws ServiceException with HSM_UNAVAILABLE
   */
  public List<Found> found(List<Object[]> rows) {
    try (ArchiveReading archives = archives(rows)) {
      return rows.stream().map(row -> found(row, archives)).toList();
    }
  }

  private ArchiveReading archives(List<Object[]> rows) {
    LongSummaryStatistics moved =
        rows.stream()
            .filter(row -> row[1] == null)
            .map(row -> (LedgerEntryRow) row[0])
            .filter(LedgerEntryRow::isReport)
            .mapToLong(LedgerEntryRow::index)
            .summaryStatistics();
    return moved.getCount() == 0
        ? ArchiveReading.NONE
        : ArchiveReading.of(em, folder, moved.getMin(), moved.getMax());
  }

  private Found found(Object[] row, ArchiveReading archives) {
    LedgerEntryRow entry = (LedgerEntryRow) row[0];
    return new Found(entry, row[1] == null ? moved(entry, archives) : kept(entry, row));
  }

  private FoundBody kept(LedgerEntryRow entry, Object[] row) {
    StoredBody stored = new StoredBody((byte[]) row[1], Optional.ofNullable((String) row[2]));
    try {
      return new FoundBody.Whole(open(stored, BodyPlace.ofEntry(entry.index())));
    } catch (UnreadableBodyException e) {
      return FoundBody.Unreadable.of(e);
    }
  }

  /** Of a file nothing is taken that is not what the entry's digest is over. */
  private FoundBody moved(LedgerEntryRow entry, ArchiveReading archives) {
    try {
      Optional<StoredBody> stored =
          entry.isReport() ? archives.body(entry.index()) : Optional.empty();
      if (stored.isEmpty()) {
        return new FoundBody.Absent();
      }
      byte[] body = open(stored.get(), BodyPlace.ofEntry(entry.index()));
      return entry.isOver(body)
          ? new FoundBody.Whole(body)
          : FoundBody.Unreadable.of(archives.changed(entry.index(), "has another body of it"));
    } catch (UnreadableBodyException e) {
      return FoundBody.Unreadable.of(archives.changed(entry.index(), "has one that " + e.reason()));
    } catch (DamagedArchiveException e) {
      return FoundBody.Unreadable.of(e);
    }
  }

  /**
   * What was stored, as it was before.
   *
   * @throws UnreadableBodyException if it does not belong there, or its key is not there
   * @throws ServiceException with HSM_UNAVAILABLE
   */
  public byte[] open(StoredBody stored, BodyPlace place) throws UnreadableBodyException {
    return keys.open(stored, place);
  }

  /**
   * The document of a report's guest, compressed; empty if there is none.
   *
   * @param index of the report's entry
   * @throws UnreadableBodyException if it is there and cannot be read
   * @throws ServiceException with HSM_UNAVAILABLE
   */
  public Optional<byte[]> guest(SignedReport report, long index) throws UnreadableBodyException {
    GuestRow row = em.find(GuestRow.class, report.digest().hex());
    Optional<StoredBody> stored =
        row == null ? movedGuest(report, index) : Optional.of(row.stored());
    return stored.isEmpty()
        ? Optional.empty()
        : Optional.of(open(stored.get(), BodyPlace.ofGuest(report.digest())));
  }

  private Optional<StoredBody> movedGuest(SignedReport report, long index)
      throws UnreadableBodyException {
    if (report.report().component(GuestDocument.COMPONENT).isEmpty()) {
      return Optional.empty();
    }
    try (ArchiveReading archives = ArchiveReading.of(em, folder, index, index)) {
      return archives.guest(index, report.digest());
    } catch (DamagedArchiveException e) {
      throw new UnreadableBodyException("was moved, and " + e.reason(), e);
    }
  }
}
