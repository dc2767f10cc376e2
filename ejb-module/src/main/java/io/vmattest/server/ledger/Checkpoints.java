// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.merkle.ConsistencyProof;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.CounterBinding;
import io.vmattest.core.tlog.SignedCheckpoint;
import io.vmattest.core.tlog.TileTree;
import io.vmattest.core.tlog.TlogException;
import io.vmattest.core.tlog.TreeEdge;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The signed heads of the ledger's tree. */
@Stateless
public class Checkpoints {
  /** Of a log that has no name yet. */
  private static final String ORIGIN =
      System.getProperty("vmattest.ledger.origin", "vmattest.local/" + UUID.randomUUID());

  @Inject EntityManager em;
  @Inject Ledger ledger;
  @Inject LedgerTree tree;
  @Inject LogKeys keys;
  @Inject EventPublisher events;
  @Inject Clock clock;

  /**
   * The last one, its signature verified.
   *
   * @throws ServiceException with LEDGER_DAMAGED if the log did not sign it
   */
  public Optional<SignedCheckpoint> latest() {
    return latestRow().map(row -> opened(row.note()));
  }

  /** Whether the ledger ends elsewhere than the last checkpoint says. */
  public boolean isDue() {
    Long covered =
        em.createQuery("SELECT MAX(c.size) FROM CheckpointRow c", Long.class).getSingleResult();
    return ledger.head().nextIndex() != (covered == null ? 0 : covered);
  }

  /** Whether there is a checkpoint that is bound to a counter, whichever. */
  public boolean areBound() {
    return em.createQuery(
                "SELECT COUNT(c) FROM CheckpointRow c WHERE c.counterId IS NOT NULL", Long.class)
            .getSingleResult()
        > 0;
  }

  /** The value that the last checkpoint bound to a counter names; empty if none is bound to it. */
  public Optional<Long> boundTo(String counterId) {
    return Optional.ofNullable(
        em.createQuery(
                "SELECT MAX(c.counterValue) FROM CheckpointRow c WHERE c.counterId = :id",
                Long.class)
            .setParameter("id", counterId)
            .getSingleResult());
  }

  /**
   * Signs the tree as it is, if it has grown, and tells it: whoever keeps what he was told can show
   * what the ledger once said. Nothing is signed that the last checkpoint's tree is not a part of.
   *
   * @throws ServiceException with LEDGER_DAMAGED or HSM_UNAVAILABLE; nothing was signed then
   */
  @TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
  public Optional<SignedCheckpoint> sign(Optional<CounterBinding> counter) {
    // Not locked: what has been appended by now is never changed, and who appends is not to wait.
    LedgerHead head = em.find(LedgerHead.class, LedgerHead.ID);
    Optional<SignedCheckpoint> last = latest();
    long covered = last.map(c -> c.checkpoint().size()).orElse(0L);
    if (head.nextIndex() < covered) {
      throw damaged("it ends at %d, before its last checkpoint".formatted(head.nextIndex()), null);
    }
    if (head.nextIndex() == covered) {
      return Optional.empty();
    }
    if (head.origin().isEmpty()) {
      em.refresh(head, LockModeType.PESSIMISTIC_WRITE);
      head.name(ORIGIN);
    }
    TreeEdge edge = tree.edge(em, head);
    Checkpoint next =
        new Checkpoint(
            head.origin(),
            edge.size(),
            edge.root(),
            counter.map(CounterBinding::line).stream().toList());
    last.ifPresent(before -> requireConsistent(before.checkpoint(), next));
    SignedCheckpoint signed = signed(next);
    Instant now = clock.instant();
    em.persist(new CheckpointRow(signed, now, counter));
    events.publish(eventId(next), event(signed, now));
    return Optional.of(signed);
  }

  /** "A log MUST not sign any checkpoint which is inconsistent with any ... previously signed." */
  private void requireConsistent(Checkpoint last, Checkpoint next) {
    try {
      ConsistencyProof proof =
          new TileTree(tree.tiles(em), next.size()).consistencyProof(last.size(), next.size());
      if (!proof.verify(last.root(), next.root())) {
        throw damaged("it is not the tree of checkpoint " + last.size(), null);
      }
    } catch (TlogException e) {
      throw damaged(String.valueOf(e.getMessage()), e);
    }
  }

  private SignedCheckpoint signed(Checkpoint checkpoint) {
    try {
      return SignedCheckpoint.sign(checkpoint, List.of(keys.signer(checkpoint.origin())));
    } catch (GeneralSecurityException e) {
      throw new ServiceException(
          Problem.HSM_UNAVAILABLE, "the checkpoint could not be signed: " + e.getMessage(), e);
    }
  }

  private SignedCheckpoint opened(byte[] note) {
    String origin = ledger.origin();
    try {
      return SignedCheckpoint.open(note, origin, keys.verifiers(origin));
    } catch (TlogException e) {
      throw damaged("its last checkpoint: " + e.getMessage(), e);
    }
  }

  private Optional<CheckpointRow> latestRow() {
    return em.createQuery("SELECT c FROM CheckpointRow c ORDER BY c.size DESC", CheckpointRow.class)
        .setMaxResults(1)
        .getResultStream()
        .findFirst();
  }

  private static String eventId(Checkpoint checkpoint) {
    return "checkpoint " + checkpoint.size() + " " + checkpoint.root().hex();
  }

  private static ServerEvent event(SignedCheckpoint signed, Instant at) {
    Checkpoint checkpoint = signed.checkpoint();
    return new ServerEvent(
        ServerEvent.Type.CHECKPOINT,
        at,
        Optional.empty(),
        Map.of(
            "origin", checkpoint.origin(),
            "treeSize", Long.toString(checkpoint.size()),
            "rootHash", checkpoint.root().hex(),
            "checkpoint", new String(signed.encoded(), StandardCharsets.UTF_8)));
  }

  private static ServiceException damaged(String detail, @Nullable Exception cause) {
    return new ServiceException(Problem.LEDGER_DAMAGED, "the ledger's tree: " + detail, cause);
  }
}
