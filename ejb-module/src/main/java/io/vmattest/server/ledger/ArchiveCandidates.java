// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.server.archive.ArchiveMember;
import io.vmattest.server.archive.ArchiveName;
import io.vmattest.server.bodies.StoredBody;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Which bodies are to be moved next, and what is stored of them. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class ArchiveCandidates {
  @Inject EntityManager em;

  /**
   * A body in the database.
   *
   * @param body the entry's digest
   * @param guest digest of its report, where a document lies beside it
   * @param size of both as they are stored, in bytes
   */
  record Candidate(long index, Instant at, Digest body, Optional<Digest> guest, long size) {}

  /** The last entry of the last file; -1 if there is none. */
  public long archivedUpTo() {
    Long last =
        em.createQuery("SELECT MAX(a.lastIndex) FROM ArchiveRow a", Long.class).getSingleResult();
    return last == null ? -1 : last;
  }

  /** The first bodies of reports behind an entry, in their order; a file takes no more. */
  public List<Candidate> next(long after) {
    List<Object[]> rows =
        em.createQuery(
                "SELECT e.index, e.occurredAt, e.bodyDigest, FUNCTION('OCTET_LENGTH', b.body),"
                    + " g.report, FUNCTION('OCTET_LENGTH', g.document)"
                    + " FROM LedgerEntryRow e JOIN LedgerBodyRow b ON b.index = e.index"
                    + " LEFT JOIN ReportRow r ON r.ledgerIndex = e.index"
                    + " LEFT JOIN GuestRow g ON g.report = r.digest"
                    + " WHERE e.index > :after AND e.type = :type ORDER BY e.index",
                Object[].class)
            .setParameter("after", after)
            .setParameter("type", LedgerEntryData.Type.REPORT.name())
            .setMaxResults(ArchiveMember.MOST_ENTRIES)
            .getResultList();
    // Only a forger has an entry named by the rows of two reports.
    Map<Long, Candidate> candidates = new TreeMap<>();
    rows.forEach(row -> candidates.putIfAbsent((Long) row[0], candidate(row)));
    return List.copyOf(candidates.values());
  }

  private static Candidate candidate(Object[] row) {
    return new Candidate(
        (Long) row[0],
        Instant.ofEpochMilli((Long) row[1]),
        Digest.ofHex((String) row[2]),
        Optional.ofNullable((String) row[4]).map(Digest::ofHex),
        size(row[3]) + size(row[5]));
  }

  private static long size(Object length) {
    return length == null ? 0 : ((Number) length).longValue();
  }

  /**
   * Those of the next bodies that go into a file now; empty while that is not worth a file.
   *
   * @param limits up to the first entry that is not old enough
   * @param leftOver a file that begins as this one will, and that no row names: one that was
   *     written, and then not committed
   */
  static List<Candidate> due(
      List<Candidate> next, RetentionLimits limits, Optional<ArchiveName> leftOver) {
    List<Candidate> due = new ArrayList<>();
    long bytes = 0;
    boolean isFull = next.size() == ArchiveMember.MOST_ENTRIES;
    for (Candidate candidate : next) {
      bytes += candidate.size();
      if (!candidate.at().isBefore(limits.old())) {
        isFull = false;
        break;
      }
      if (!due.isEmpty() && bytes > ArchiveMember.MOST_BYTES) {
        isFull = true;
        break;
      }
      due.add(candidate);
    }
    if (due.isEmpty() || !isFull && !due.get(0).at().isBefore(limits.overdue())) {
      return List.of();
    }
    return leftOver.isEmpty()
        ? due
        : due.stream().filter(c -> c.index() <= leftOver.get().last()).toList();
  }

  /** The bodies of entries as they are stored, by index. */
  public Map<Long, StoredBody> bodies(List<Candidate> of) {
    return em.createQuery(
            "SELECT b FROM LedgerBodyRow b WHERE b.index IN :indexes", LedgerBodyRow.class)
        .setParameter("indexes", of.stream().map(Candidate::index).toList())
        .getResultStream()
        .collect(Collectors.toMap(LedgerBodyRow::index, LedgerBodyRow::stored));
  }

  /** The documents beside them as they are stored, by their report. */
  public Map<Digest, StoredBody> guests(List<Candidate> of) {
    List<String> reports =
        of.stream().map(Candidate::guest).flatMap(Optional::stream).map(Digest::hex).toList();
    return reports.isEmpty()
        ? Map.of()
        : em.createQuery("SELECT g FROM GuestRow g WHERE g.report IN :reports", GuestRow.class)
            .setParameter("reports", reports)
            .getResultStream()
            .collect(Collectors.toMap(g -> Digest.ofHex(g.report()), GuestRow::stored));
  }
}
