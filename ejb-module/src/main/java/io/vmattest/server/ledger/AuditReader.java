// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.guest.MalformedGuestDocumentException;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.server.bodies.UnreadableBodyException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Reads the ledger for an audit, page by page, each in a transaction of its own. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class AuditReader {
  /** A body is a megabyte at most. */
  private static final int PAGE = 100;

  @Inject EntityManager em;
  @Inject LedgerBodies bodies;

  /** The next rows. */
  public AuditPage page(long after, long end) {
    List<Object[]> rows =
        em.createQuery(
                LedgerBodies.SELECT
                    // Said of bodies, too: not every database concludes it, and reads all before.
                    + " AND b.index > :after AND b.index < :end"
                    + " WHERE e.index > :after AND e.index < :end ORDER BY e.index",
                Object[].class)
            .setParameter("after", after)
            .setParameter("end", end)
            .setMaxResults(PAGE)
            .getResultList();
    Map<Long, ReportRow> reports = reports(after, end, rows.size());
    return new AuditPage(
        bodies.found(rows).stream()
            .map(found -> AuditPage.AuditRow.of(found.entry(), found.body(), reports))
            .toList());
  }

  /** Of several rows of one entry the first; that there are too many is found by their number. */
  private Map<Long, ReportRow> reports(long after, long end, int limit) {
    return em.createQuery(
            "SELECT r FROM ReportRow r WHERE r.ledgerIndex > :after AND r.ledgerIndex < :end"
                + " ORDER BY r.ledgerIndex",
            ReportRow.class)
        .setParameter("after", after)
        .setParameter("end", end)
        .setMaxResults(limit)
        .getResultStream()
        .collect(Collectors.toMap(ReportRow::ledgerIndex, Function.identity(), (a, b) -> a));
  }

  /**
   * Where the ledger ends, and its last checkpoint, at one moment.
   *
   * @param signed the last checkpoint's size; 0 if there is none
   */
  public record Extent(long size, Digest hash, long signed) {}

  /** One statement, which sees no append half. */
  public Extent extent() {
    Object[] row =
        em.createQuery(
                "SELECT h.nextIndex, h.entryHash, (SELECT MAX(c.size) FROM CheckpointRow c)"
                    + " FROM LedgerHead h",
                Object[].class)
            .getSingleResult();
    return new Extent(
        (Long) row[0], Digest.ofHex((String) row[1]), row[2] == null ? 0 : (Long) row[2]);
  }

  /** Checkpoints between two sizes, without the first, the smallest first. */
  public List<CheckpointRow> checkpoints(long above, long last) {
    return em.createQuery(
            "SELECT c FROM CheckpointRow c WHERE c.size > :above AND c.size <= :last"
                + " ORDER BY c.size",
            CheckpointRow.class)
        .setParameter("above", above)
        .setParameter("last", last)
        .setMaxResults(PAGE)
        .getResultList();
  }

  /** How many entries stand where the ledger has none. */
  public long strayEntries() {
    return strays("LedgerEntryRow", "index");
  }

  /** How many bodies stand where the ledger has no entry. */
  public long strayBodies() {
    return strays("LedgerBodyRow", "index");
  }

  /** How many rows of reports name what is no entry. */
  public long strayReports() {
    return strays("ReportRow", "ledgerIndex");
  }

  /** One statement sees the rows and the ledger's end at one moment. */
  private long strays(String row, String index) {
    return em.createQuery(
            "SELECT COUNT(r) FROM %1$s r, LedgerHead h WHERE r.%2$s >= h.nextIndex OR r.%2$s < 0"
                .formatted(row, index),
            Long.class)
        .getSingleResult();
  }

  /** How many rows of reports name entries before an end. */
  public long reportsBefore(long end) {
    return em.createQuery(
            "SELECT COUNT(r) FROM ReportRow r WHERE r.ledgerIndex >= 0 AND r.ledgerIndex < :end",
            Long.class)
        .setParameter("end", end)
        .getSingleResult();
  }

  /**
   * What is wrong with what was seen inside a report's guest; empty if nothing is.
   *
   * @param index of the report's entry
   */
  public Optional<String> guestFault(SignedReport report, long index) {
    try {
      GuestDocuments.named(bodies, report, index);
      return Optional.empty();
    } catch (UnreadableBodyException e) {
      return Optional.of("what was seen of the guest " + e.reason());
    } catch (MalformedGuestDocumentException | ReportRejectedException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** The row of the file that an entry tells of. */
  public Optional<ArchiveRow> archive(long entry) {
    return em.createQuery(
            "SELECT a FROM ArchiveRow a WHERE a.entryIndex = :entry", ArchiveRow.class)
        .setParameter("entry", entry)
        .getResultStream()
        .findFirst();
  }

  /** How many rows of files name entries before an end. */
  public long archivesBefore(long end) {
    return em.createQuery("SELECT COUNT(a) FROM ArchiveRow a WHERE a.entryIndex < :end", Long.class)
        .setParameter("end", end)
        .getSingleResult();
  }

  /** Whether a configuration is kept, and is what its digest says. */
  public boolean hasConfig(String digest) {
    ConfigRow row = em.find(ConfigRow.class, digest);
    return row != null
        && Digest.sha256(row.config().getBytes(StandardCharsets.UTF_8)).hex().equals(digest);
  }
}
