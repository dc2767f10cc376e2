// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.server.archive.ArchiveName;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.util.List;

/**
 * Takes bodies out of the database that are in a file: the entry that says so, the row that leads
 * to the file, and the deletion are one transaction.
 */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class ArchiveCommit {
  /** Those of a statement. */
  private static final int CHUNK = 500;

  @Inject EntityManager em;
  @Inject Ledger ledger;
  @Inject LedgerAdministration administration;
  @Inject ArchiveCandidates candidates;

  /**
   * @param after where the last file ended when this one was begun
   * @param guests reports whose documents are in the file
   * @throws ServiceException with BUSY if another server was faster, or LEDGER_DAMAGED if the
   *     database has other bodies there than the file; nothing was deleted then
   */
  public void commit(ArchiveRecord said, long after, List<Digest> guests) {
    ledger.lock();
    if (candidates.archivedUpTo() != after) {
      throw new ServiceException(Problem.BUSY, "another server moves bodies, too");
    }
    LedgerRecord entry = administration.archived(said);
    em.persist(new ArchiveRow(said, entry.data().index()));
    em.flush();
    require(said, guests.size(), deleteGuests(guests));
    require(said, said.bodies(), deleteBodies(said.name()));
  }

  private static void require(ArchiveRecord said, long moved, long deleted) {
    if (moved != deleted) {
      throw new ServiceException(
          Problem.LEDGER_DAMAGED,
          "%d rows would be deleted for the %d in %s"
              .formatted(deleted, moved, said.name().file()));
    }
  }

  private long deleteGuests(List<Digest> reports) {
    long deleted = 0;
    for (int from = 0; from < reports.size(); from += CHUNK) {
      List<Digest> chunk = reports.subList(from, Math.min(from + CHUNK, reports.size()));
      deleted +=
          em.createQuery("DELETE FROM GuestRow g WHERE g.report IN :reports")
              .setParameter("reports", chunk.stream().map(Digest::hex).toList())
              .executeUpdate();
    }
    return deleted;
  }

  /** On PostgreSQL the server has no right to delete; its function deletes what a file has. */
  private long deleteBodies(ArchiveName name) {
    return hasFunction() ? deleteByFunction(name) : deletePlainly(name);
  }

  private boolean hasFunction() {
    Number count =
        (Number)
            em.createNativeQuery(
                    "SELECT COUNT(*) FROM information_schema.routines"
                        + " WHERE routine_name = 'ledger_delete_archived'")
                .getSingleResult();
    return count.longValue() > 0;
  }

  private long deleteByFunction(ArchiveName name) {
    Number deleted =
        (Number)
            em.createNativeQuery("SELECT ledger_delete_archived(?1, ?2)")
                .setParameter(1, name.first())
                .setParameter(2, name.last())
                .getSingleResult();
    return deleted.longValue();
  }

  private long deletePlainly(ArchiveName name) {
    return em.createQuery(
            "DELETE FROM LedgerBodyRow b WHERE b.index IN (SELECT e.index FROM LedgerEntryRow e"
                + " WHERE e.type = :type AND e.index >= :first AND e.index <= :last)")
        .setParameter("type", LedgerEntryData.Type.REPORT.name())
        .setParameter("first", name.first())
        .setParameter("last", name.last())
        .executeUpdate();
  }
}
