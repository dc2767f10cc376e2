// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.ledger.RowSeal;
import io.vmattest.core.report.Digest;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.TypedQuery;
import java.time.Clock;
import java.util.ArrayList;
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
  @Inject Seals seals;
  @Inject LedgerTree tree;
  @Inject LedgerStanding standing;
  @Inject LedgerBodies bodies;

  /** Where the ledger ends: the next entry's index, and the hash that it must name. */
  public record Head(long nextIndex, Digest hash) {}

  /** Waits for its turn to append; whoever has it keeps it until the transaction ends. */
  public void lock() {
    bodies.prepare();
    LedgerHead.locked(em);
  }

  /**
   * Appends in the caller's transaction.
   *
   * @param summary one sentence, for people
   */
  public LedgerRecord append(
      LedgerEntryData.Type type, Optional<UUID> vm, byte[] body, String summary) {
    return appendAll(List.of(new LedgerAddition(type, vm, body, summary))).get(0);
  }

  /**
   * Appends one after the other, in the caller's transaction.
   *
   * @return the entries, in the order of what they were made of
   * @throws ServiceException with HSM_UNAVAILABLE, LEDGER_OLDER or LEDGER_DAMAGED; nothing was
   *     written then
   */
  public List<LedgerRecord> appendAll(List<LedgerAddition> additions) {
    if (additions.isEmpty()) {
      return List.of();
    }
    standing.requireCurrent();
    bodies.prepare();
    LedgerHead head = LedgerHead.locked(em);
    List<LedgerRecord> records = chained(head, additions);
    tree.grow(em, head, records.stream().map(LedgerRecord::data).toList());
    write(records);
    head.advance(records.get(records.size() - 1).data());
    return records;
  }

  private List<LedgerRecord> chained(LedgerHead head, List<LedgerAddition> additions) {
    List<LedgerRecord> records = new ArrayList<>(additions.size());
    Digest previous = head.entryHash();
    for (LedgerAddition addition : additions) {
      LedgerEntryData data =
          new LedgerEntryData(
              head.nextIndex() + records.size(),
              addition.type(),
              clock.instant(),
              addition.vm(),
              Digest.sha256(addition.body()),
              previous);
      previous = data.hash();
      records.add(new LedgerRecord(data, previous, addition.body(), addition.summary()));
    }
    return records;
  }

  private void write(List<LedgerRecord> records) {
    String key = seals.key();
    List<byte[]> sealed =
        seals.seal(key, records.stream().map(r -> RowSeal.message(r.data(), r.summary())).toList());
    List<LedgerEntryRow> entries = new ArrayList<>(records.size());
    for (int i = 0; i < records.size(); i++) {
      LedgerRecord record = records.get(i);
      entries.add(new LedgerEntryRow(record.data(), record.summary(), key, sealed.get(i)));
    }
    RowInserts.insert(em, LedgerEntryRow.INSERT, entries);
    bodies.write(records);
  }

  /**
   * One page of entries, in their order; their bodies are not even read.
   *
   * @param after index of the last entry already seen; -1 from the start
   */
  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public List<LedgerSummary> entries(long after, int limit) {
    return LedgerRows.summaries(em, after, Math.min(limit, LARGEST_PAGE));
  }

  /**
   * The same with their bodies; an entry whose body is nowhere is left out.
   *
   * @throws ServiceException with LEDGER_DAMAGED if one cannot be read, or HSM_UNAVAILABLE
   */
  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public List<LedgerRecord> wholeEntries(long after, int limit) {
    return whole(
        em.createQuery(
                LedgerBodies.SELECT
                    // Said of bodies, too: not every database concludes it, and reads all before.
                    + " AND b.index > :after WHERE e.index > :after ORDER BY e.index",
                Object[].class)
            .setParameter("after", after),
        limit);
  }

  /** A VM's last entries of a type, the last one first. */
  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public List<LedgerRecord> latest(LedgerEntryData.Type type, UUID vm, int limit) {
    return whole(
        em.createQuery(
                LedgerBodies.SELECT
                    + " WHERE e.vmId = :vm AND e.type = :type ORDER BY e.index DESC",
                Object[].class)
            .setParameter("vm", vm.toString())
            .setParameter("type", type.name()),
        limit);
  }

  /** A VM's last entries of a type before an index, the last one first. */
  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public List<LedgerRecord> before(long index, LedgerEntryData.Type type, UUID vm, int limit) {
    return whole(
        em.createQuery(
                LedgerBodies.SELECT
                    + " WHERE e.vmId = :vm AND e.type = :type AND e.index < :index"
                    + " ORDER BY e.index DESC",
                Object[].class)
            .setParameter("vm", vm.toString())
            .setParameter("type", type.name())
            .setParameter("index", index),
        limit);
  }

  /** The last entries of a type, the last one first. */
  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public List<LedgerRecord> latest(LedgerEntryData.Type type, int limit) {
    return whole(
        em.createQuery(
                LedgerBodies.SELECT + " WHERE e.type = :type ORDER BY e.index DESC", Object[].class)
            .setParameter("type", type.name()),
        limit);
  }

  /**
   * The last entries of verdicts that say this one in their summary, the last one first. A summary
   * proves nothing: the body does.
   *
   * @param vm whose; all if empty
   */
  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public List<LedgerRecord> verdicts(Verdict verdict, Optional<UUID> vm, int limit) {
    TypedQuery<Object[]> query =
        em.createQuery(
                LedgerBodies.SELECT
                    + " WHERE e.type = :type AND e.summary LIKE :summary"
                    + (vm.isPresent() ? " AND e.vmId = :vm" : "")
                    + " ORDER BY e.index DESC",
                Object[].class)
            .setParameter("type", LedgerEntryData.Type.VERDICT.name())
            .setParameter("summary", verdict + ": %");
    vm.ifPresent(id -> query.setParameter("vm", id.toString()));
    return whole(query, limit);
  }

  private List<LedgerRecord> whole(TypedQuery<Object[]> query, int limit) {
    return bodies.whole(query.setMaxResults(Math.min(limit, LARGEST_PAGE)).getResultList());
  }

  /**
   * The entry of an index.
   *
   * @throws ServiceException with NO_SUCH_ENTRY
   */
  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public LedgerRecord entry(long index) {
    return find(index)
        .orElseThrow(
            () -> new ServiceException(Problem.NO_SUCH_ENTRY, "the ledger has no entry " + index));
  }

  /** The entry of an index, where there is one. */
  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public Optional<LedgerRecord> find(long index) {
    return wholeEntries(index - 1, 1).stream().filter(e -> e.data().index() == index).findFirst();
  }

  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public Head head() {
    LedgerHead head = em.find(LedgerHead.class, LedgerHead.ID);
    return new Head(head.nextIndex(), head.entryHash());
  }

  /** What the log is called on its checkpoints; empty until the first one. */
  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public String origin() {
    return em.find(LedgerHead.class, LedgerHead.ID).origin();
  }
}
