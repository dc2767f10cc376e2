// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.server.archive.ArchiveName;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A file that bodies of reports were moved to. It is written once. */
@Entity
@Table(name = "ledger_archive")
public class ArchiveRow {
  @Id
  @Column(name = "first_index", updatable = false)
  private long firstIndex;

  @Column(name = "last_index", updatable = false)
  private long lastIndex;

  @Column(name = "file", updatable = false)
  private String file;

  @Column(name = "sha256", updatable = false)
  private String sha256;

  @Column(name = "entry_index", updatable = false)
  private long entryIndex;

  @SuppressWarnings("NullAway.Init")
  protected ArchiveRow() {}

  ArchiveRow(ArchiveRecord said, long entryIndex) {
    this.firstIndex = said.name().first();
    this.lastIndex = said.name().last();
    this.file = said.name().file();
    this.sha256 = said.sha256().hex();
    this.entryIndex = entryIndex;
  }

  long first() {
    return firstIndex;
  }

  long last() {
    return lastIndex;
  }

  /** By its range alone, so that a row that was changed names no other file of the server's. */
  ArchiveName name() {
    return new ArchiveName(firstIndex, lastIndex);
  }

  /** Whether it says what its entry does. */
  boolean says(ArchiveRecord said) {
    return firstIndex == said.name().first()
        && lastIndex == said.name().last()
        && file.equals(said.name().file())
        && sha256.equals(said.sha256().hex());
  }
}
