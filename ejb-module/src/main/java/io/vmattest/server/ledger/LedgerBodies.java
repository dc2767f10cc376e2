// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.report.Digest;
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
import java.util.Optional;

/**
 * All that writes or reads bodies of entries, and guests' documents, does it here.
 *
 * <p>System property {@code vmattest.ledger.encrypt}: whether reports and guests' documents are
 * encrypted from now on. What is in the database already stays as it is, and is read either way.
 */
@Stateless
public class LedgerBodies {
  /** Entries with what is stored of their bodies; who asks adds WHERE and ORDER. */
  static final String SELECT =
      "SELECT e, b.body, b.bodyKey FROM LedgerEntryRow e"
          + " LEFT JOIN LedgerBodyRow b ON b.index = e.index";

  @Inject EntityManager em;
  @Inject BodyKeys keys;

  boolean encrypts = Boolean.getBoolean("vmattest.ledger.encrypt");

  /** An entry, and what there is of its body. */
  record Found(LedgerEntryRow entry, FoundBody body) {}

  /**
   * Writes the bodies of entries that were written.
   *
   * @throws ServiceException with HSM_UNAVAILABLE
   */
  public void write(List<LedgerRecord> records) {
    int reports = (int) records.stream().filter(LedgerBodies::isReport).count();
    Optional<BodyKey> key = key(reports);
    for (LedgerRecord record : records) {
      BodyPlace place = BodyPlace.ofEntry(record.data().index());
      em.persist(
          new LedgerBodyRow(
              record.data().index(),
              stored(key.filter(k -> isReport(record)), record.body(), place)));
    }
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
    return rows.stream().map(this::found).toList();
  }

  private Found found(Object[] row) {
    LedgerEntryRow entry = (LedgerEntryRow) row[0];
    FoundBody body =
        row[1] == null
            ? new FoundBody.Absent()
            : opened(
                new StoredBody((byte[]) row[1], Optional.ofNullable((String) row[2])),
                BodyPlace.ofEntry(entry.index()));
    return new Found(entry, body);
  }

  private FoundBody opened(StoredBody stored, BodyPlace place) {
    try {
      return new FoundBody.Whole(keys.open(stored, place));
    } catch (UnreadableBodyException e) {
      return new FoundBody.Unreadable(Kind.BODY_UNREADABLE, "its body " + e.reason());
    }
  }

  /**
   * The document of a report's guest, compressed; empty if there is none.
   *
   * @throws UnreadableBodyException if it is there and cannot be read
   * @throws ServiceException with HSM_UNAVAILABLE
   */
  public Optional<byte[]> guest(StoredReport report) throws UnreadableBodyException {
    GuestRow row = em.find(GuestRow.class, report.digest().hex());
    return row == null
        ? Optional.empty()
        : Optional.of(keys.open(row.stored(), BodyPlace.ofGuest(report.digest())));
  }
}
