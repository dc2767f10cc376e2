// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.tlog.PlacedTile;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A full tile of the tree. It is written once, when its last leaf is. */
@Entity
@Table(name = "ledger_tile")
@IdClass(TileRow.Key.class)
public class TileRow {
  @Id
  @Column(name = "tile_level", updatable = false)
  private int level;

  @Id
  @Column(name = "tile_index", updatable = false)
  private long index;

  @Column(name = "hashes", updatable = false)
  private byte[] hashes;

  @SuppressWarnings("NullAway.Init")
  protected TileRow() {}

  TileRow(PlacedTile placed) {
    this.level = placed.path().level();
    this.index = placed.path().index();
    this.hashes = placed.tile().bytes();
  }

  byte[] hashes() {
    return hashes.clone();
  }

  /** Where a tile is; the fields are those of the row. */
  public static class Key implements Serializable {
    private static final long serialVersionUID = 1L;
    private int level;
    private long index;

    protected Key() {}

    Key(int level, long index) {
      this.level = level;
      this.index = index;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key && level == key.level && index == key.index;
    }

    @Override
    public int hashCode() {
      return Objects.hash(level, index);
    }
  }
}
