// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The append-only, hash-chained record. */
@Stateless
@TransactionAttribute(TransactionAttributeType.MANDATORY)
public class Ledger {
  /** No page has more entries. */
  public static final int LARGEST_PAGE = 500;

  @Inject EntityManager em;
  @Inject Clock clock;

  /** Where the ledger ends: the next entry's index, and the hash that it must name. */
  public record Head(long nextIndex, Digest hash) {}

  /** Waits for its turn to append; whoever has it keeps it until the transaction ends. */
  public void lock() {
    lockedHead();
  }

  /**
   * Appends in the caller's transaction.
   *
   * @param summary one sentence, for people
   */
  public LedgerRecord append(
      LedgerEntryData.Type type, Optional<UUID> vm, byte[] body, String summary) {
    LedgerHead head = lockedHead();
    LedgerEntryData data =
        new LedgerEntryData(
            head.nextIndex(),
            type,
            clock.instant().truncatedTo(ChronoUnit.MILLIS),
            vm,
            Digest.sha256(body),
            head.entryHash());
    LedgerEntryRow row = new LedgerEntryRow(data, body, summary);
    em.persist(row);
    em.flush();
    head.advance(data.hash());
    return row.toRecord();
  }

  /**
   * One page of entries, in their order; their bodies are not even read.
   *
   * @param after index of the last entry already seen; -1 from the start
   */
  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public List<LedgerSummary> entries(long after, int limit) {
    return em.createQuery(
            "SELECT e.index, e.type, e.occurredAt, e.vmId, e.bodyDigest, e.previousHash,"
                + " e.entryHash, e.summary FROM LedgerEntryRow e WHERE e.index > :after"
                + " ORDER BY e.index",
            Object[].class)
        .setParameter("after", after)
        .setMaxResults(Math.min(limit, LARGEST_PAGE))
        .getResultStream()
        .map(LedgerEntryRow::summary)
        .toList();
  }

  /** The same with their bodies. */
  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public List<LedgerRecord> wholeEntries(long after, int limit) {
    return em.createQuery(
            "SELECT e FROM LedgerEntryRow e WHERE e.index > :after ORDER BY e.index",
            LedgerEntryRow.class)
        .setParameter("after", after)
        .setMaxResults(Math.min(limit, LARGEST_PAGE))
        .getResultStream()
        .map(LedgerEntryRow::toRecord)
        .toList();
  }

  /** A VM's last entries of a type, the last one first. */
  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public List<LedgerRecord> latest(LedgerEntryData.Type type, UUID vm, int limit) {
    return em.createQuery(
            "SELECT e FROM LedgerEntryRow e WHERE e.vmId = :vm AND e.type = :type"
                + " ORDER BY e.index DESC",
            LedgerEntryRow.class)
        .setParameter("vm", vm.toString())
        .setParameter("type", type.name())
        .setMaxResults(Math.min(limit, LARGEST_PAGE))
        .getResultStream()
        .map(LedgerEntryRow::toRecord)
        .toList();
  }

  /**
   * The entry of an index.
   *
   * @throws ServiceException with NO_SUCH_ENTRY
   */
  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public LedgerRecord entry(long index) {
    LedgerEntryRow row = em.find(LedgerEntryRow.class, index);
    if (row == null) {
      throw new ServiceException(Problem.NO_SUCH_ENTRY, "the ledger has no entry " + index);
    }
    return row.toRecord();
  }

  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public Head head() {
    LedgerHead head = em.find(LedgerHead.class, LedgerHead.ID);
    return new Head(head.nextIndex(), head.entryHash());
  }

  private LedgerHead lockedHead() {
    return em.find(LedgerHead.class, LedgerHead.ID, LockModeType.PESSIMISTIC_WRITE);
  }
}
