// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vmattest.core.merkle.ConsistencyProof;
import io.vmattest.core.tlog.NoteSignature;
import io.vmattest.core.tlog.SignedCheckpoint;
import io.vmattest.core.tlog.Tile;
import io.vmattest.core.tlog.TileLayout;
import io.vmattest.core.tlog.TilePath;
import io.vmattest.core.tlog.TileTree;
import io.vmattest.core.tlog.TileUnavailableException;
import io.vmattest.core.tlog.TlogException;
import io.vmattest.core.tlog.TlogProof;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What an outsider checks the ledger by. Proofs are over the tree of the last checkpoint. */
@Stateless
public class LedgerProofs {
  /** No page of checkpoints has more. */
  public static final int LARGEST_PAGE = 100;

  private static final byte[] NOTHING = {};

  @Inject EntityManager em;
  @Inject LedgerTree tree;
  @Inject Ledger ledger;
  @Inject Checkpoints checkpoints;
  @Inject LogKeys keys;

  /**
   * The last checkpoint, with the cosignatures that it has so far.
   *
   * @throws ServiceException with NO_SUCH_ENTRY if there is none yet
   */
  public SignedCheckpoint checkpoint() {
    SignedCheckpoint last = uncosigned();
    long size = last.checkpoint().size();
    return last.with(Cosignatures.between(em, size, size).getOrDefault(size, List.of()));
  }

  /** The last checkpoint's size, as its row says; empty if there is none yet. */
  public Optional<Long> newestSize() {
    return Optional.ofNullable(
        em.createQuery("SELECT MAX(c.size) FROM CheckpointRow c", Long.class).getSingleResult());
  }

  /**
   * The last checkpoint as the log signed it.
   *
   * @throws ServiceException with NO_SUCH_ENTRY if there is none yet
   */
  public SignedCheckpoint uncosigned() {
    return checkpoints
        .latest()
        .orElseThrow(() -> new ServiceException(Problem.NO_SUCH_ENTRY, "no checkpoint yet"));
  }

  /**
   * Checkpoints as they are stored, the smallest first.
   *
   * @param above the size of the last one already seen; -1 from the first
   */
  public List<StoredCheckpoint> checkpoints(long above, int limit) {
    List<CheckpointRow> rows =
        em.createQuery(
                "SELECT c FROM CheckpointRow c WHERE c.size > :above ORDER BY c.size",
                CheckpointRow.class)
            .setParameter("above", above)
            .setMaxResults(Math.min(limit, LARGEST_PAGE))
            .getResultList();
    if (rows.isEmpty()) {
      return List.of();
    }
    Map<Long, List<NoteSignature>> cosignatures =
        Cosignatures.between(em, rows.get(0).size(), rows.get(rows.size() - 1).size());
    return rows.stream()
        .map(row -> stored(row, cosignatures.getOrDefault(row.size(), List.of())))
        .toList();
  }

  /** The row's note may be any text: it is added to, not read. */
  private static StoredCheckpoint stored(CheckpointRow row, List<NoteSignature> cosignatures) {
    StringBuilder note = new StringBuilder(new String(row.note(), UTF_8));
    cosignatures.forEach(cosignature -> note.append(cosignature.line()).append('\n'));
    return new StoredCheckpoint(row.size(), row.madeAt(), note.toString());
  }

  /** Keys of the log, in the text form of signed notes, the newest last. */
  public List<String> verifierKeys() {
    return keys.knownVerifiers(ledger.origin()).keys().stream().map(Object::toString).toList();
  }

  /**
   * A tile or a bundle of entries that a checkpoint covers.
   *
   * @throws ServiceException with NO_SUCH_ENTRY if no checkpoint covers all of it
   */
  public byte[] tile(TilePath path) {
    long end = path.index() * Tile.MAX_WIDTH + path.width();
    int level = path.isEntries() ? 0 : path.level();
    if (end > TileLayout.hashes(checkpoint().checkpoint().size(), level)) {
      throw new ServiceException(Problem.NO_SUCH_ENTRY, "no checkpoint covers " + path);
    }
    try {
      return tree.tiles(em).read(path);
    } catch (TileUnavailableException e) {
      throw damaged(e);
    }
  }

  /** A tile as it is in the database, whoever put it there. */
  public byte[] stored(TilePath path) throws TileUnavailableException {
    return new StoredTiles(em).read(path);
  }

  /**
   * Shows offline that an entry is in the ledger.
   *
   * @throws ServiceException with NO_SUCH_ENTRY if no checkpoint covers it yet
   */
  public TlogProof inclusion(long index) {
    SignedCheckpoint checkpoint = checkpoint();
    if (index < 0 || index >= checkpoint.checkpoint().size()) {
      throw new ServiceException(Problem.NO_SUCH_ENTRY, "no checkpoint covers entry " + index);
    }
    try {
      return TlogProof.of(NOTHING, tree(checkpoint).inclusionProof(index), checkpoint);
    } catch (TlogException e) {
      throw damaged(e);
    }
  }

  /**
   * Shows that nothing but appending leads from a size to a later one.
   *
   * @throws ServiceException with NO_SUCH_ENTRY if there are no such trees
   */
  public ConsistencyProof consistency(long first, long second) {
    SignedCheckpoint checkpoint = checkpoint();
    if (first < 1 || first > second || second > checkpoint.checkpoint().size()) {
      throw new ServiceException(
          Problem.NO_SUCH_ENTRY, "no checkpoint covers trees of " + first + " and " + second);
    }
    try {
      return tree(checkpoint).consistencyProof(first, second);
    } catch (TlogException e) {
      throw damaged(e);
    }
  }

  private TileTree tree(SignedCheckpoint checkpoint) {
    return new TileTree(tree.tiles(em), checkpoint.checkpoint().size());
  }

  private static ServiceException damaged(TlogException e) {
    return new ServiceException(Problem.LEDGER_DAMAGED, "the ledger's tree: " + e.getMessage(), e);
  }
}
