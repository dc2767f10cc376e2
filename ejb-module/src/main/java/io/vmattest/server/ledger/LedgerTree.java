// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.TlogException;
import io.vmattest.core.tlog.TreeEdge;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.persistence.EntityManager;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The Merkle tree over the entries. Its edge is remembered from one append to the next. What is
 * remembered counts only for a ledger that ends with the same entry: an append may be undone, and
 * another server may have appended.
 */
@ApplicationScoped
public class LedgerTree {
  /** More than this is not caught up with entry by entry. */
  private static final int MOST_BEHIND = 1024;

  /** A checkpoint is of an edge that those who append have left behind already. */
  private static final int REMEMBERED = 4;

  private static final List<Remembered> NOTHING =
      List.of(new Remembered(LedgerEntryData.GENESIS, TreeEdge.empty()));

  private final TileRoots roots = new TileRoots();

  /** The last one first. */
  private volatile List<Remembered> recent = NOTHING;

  private record Remembered(Digest lastEntry, TreeEdge edge) {
    boolean isOf(long size, Digest entry) {
      return edge.size() == size && lastEntry.equals(entry);
    }

    Remembered with(List<LedgerEntryData> added) {
      return new Remembered(added.get(added.size() - 1).hash(), appended(added).edge());
    }

    TreeEdge.Appended appended(List<LedgerEntryData> added) {
      return edge.append(added.stream().map(e -> MerkleTree.leafHash(e.encoded())).toList());
    }
  }

  /** Lets the tree grow by entries, and stores the tiles that become full. The head is locked. */
  public void grow(EntityManager em, LedgerHead head, List<LedgerEntryData> added) {
    TreeEdge.Appended grown = current(em, head.nextIndex(), head.entryHash()).appended(added);
    grown.completed().forEach(tile -> em.persist(new TileRow(tile)));
    remember(new Remembered(added.get(added.size() - 1).hash(), grown.edge()));
  }

  /**
   * The tree's edge where the ledger ends.
   *
   * @throws ServiceException with LEDGER_DAMAGED if the tree cannot be put together
   */
  public TreeEdge edge(EntityManager em, LedgerHead head) {
    return current(em, head.nextIndex(), head.entryHash()).edge();
  }

  /** The tree's tiles as they are stored. */
  StoredTiles tiles(EntityManager em) {
    return new StoredTiles(em, roots);
  }

  /** Forgets everything: the database is not the one that it was. */
  synchronized void replaced(@Observes LedgerStanding.OlderAcknowledged older) {
    roots.forget();
    recent = NOTHING;
  }

  private Remembered current(EntityManager em, long size, Digest lastEntry) {
    List<Remembered> known = recent;
    for (Remembered remembered : known) {
      if (remembered.isOf(size, lastEntry)) {
        return remembered;
      }
    }
    Remembered current =
        caughtUp(em, known.get(0), size, lastEntry).orElseGet(() -> read(em, size, lastEntry));
    remember(current);
    return current;
  }

  private synchronized void remember(Remembered latest) {
    recent = Stream.concat(Stream.of(latest), recent.stream()).limit(REMEMBERED).toList();
  }

  private static Optional<Remembered> caughtUp(
      EntityManager em, Remembered behind, long size, Digest lastEntry) {
    long from = behind.edge().size();
    if (from >= size || size - from > MOST_BEHIND) {
      return Optional.empty();
    }
    List<LedgerEntryData> added = LedgerRows.page(em, from - 1, (int) (size - from));
    boolean follows =
        added.size() == size - from && added.get(0).previous().equals(behind.lastEntry());
    return follows
        ? Optional.of(behind.with(added)).filter(r -> r.isOf(size, lastEntry))
        : Optional.empty();
  }

  private Remembered read(EntityManager em, long size, Digest lastEntry) {
    try {
      TreeEdge edge = TreeEdge.read(tiles(em), size);
      return new Remembered(lastEntry, edge);
    } catch (TlogException e) {
      throw new ServiceException(
          Problem.LEDGER_DAMAGED, "the ledger's tree cannot be put together: " + e.getMessage(), e);
    }
  }
}
