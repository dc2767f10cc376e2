// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.Digest;
import io.vmattest.core.tlog.EntryBundle;
import io.vmattest.core.tlog.MalformedTlogException;
import io.vmattest.core.tlog.Tile;
import io.vmattest.core.tlog.TilePath;
import io.vmattest.core.tlog.TileSource;
import io.vmattest.core.tlog.TileUnavailableException;
import jakarta.persistence.EntityManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The tiles of the ledger's tree. Full ones were stored when they became full. Partial ones are
 * made of what they are over: entries, or full tiles of the level below.
 */
record StoredTiles(EntityManager em, TileRoots roots) implements TileSource {
  /** Of which nothing is known before it is read. */
  StoredTiles(EntityManager em) {
    this(em, new TileRoots());
  }

  @Override
  public byte[] read(TilePath path) throws TileUnavailableException {
    if (path.isEntries()) {
      return EntryBundle.of(entries(path).stream().map(LedgerEntryData::encoded).toList()).bytes();
    }
    return path.isPartial() ? new Tile(hashes(path)).bytes() : full(path.level(), path.index());
  }

  private List<Digest> hashes(TilePath path) throws TileUnavailableException {
    if (path.level() == 0) {
      return entries(path).stream().map(e -> MerkleTree.leafHash(e.encoded())).toList();
    }
    List<Digest> hashes = new ArrayList<>();
    for (int i = 0; i < path.width(); i++) {
      hashes.add(root(path, path.index() * Tile.MAX_WIDTH + i));
    }
    return hashes;
  }

  private Digest root(TilePath above, long index) throws TileUnavailableException {
    int level = above.level() - 1;
    Optional<Digest> known = roots.find(level, index);
    if (known.isPresent()) {
      return known.get();
    }
    try {
      Digest root = Tile.parse(full(level, index), Tile.MAX_WIDTH).root();
      roots.keep(level, index, root);
      return root;
    } catch (MalformedTlogException e) {
      throw new TileUnavailableException(above, e);
    }
  }

  private byte[] full(int level, long index) throws TileUnavailableException {
    TileRow row = em.find(TileRow.class, new TileRow.Key(level, index));
    if (row == null) {
      throw new TileUnavailableException(
          new TilePath(level, index, Tile.MAX_WIDTH), "the database has no such tile");
    }
    return row.hashes();
  }

  private List<LedgerEntryData> entries(TilePath path) throws TileUnavailableException {
    long first = path.index() * Tile.MAX_WIDTH;
    List<LedgerEntryData> entries = LedgerRows.page(em, first - 1, path.width());
    if (entries.size() != path.width()
        || entries.get(path.width() - 1).index() != first + path.width() - 1) {
      throw new TileUnavailableException(path, "the database has not all entries of it");
    }
    return entries;
  }
}
