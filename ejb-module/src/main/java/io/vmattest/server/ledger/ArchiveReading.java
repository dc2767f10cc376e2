// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.report.Digest;
import io.vmattest.server.archive.ArchiveFolder;
import io.vmattest.server.archive.ArchiveMember;
import io.vmattest.server.archive.ArchiveReader;
import io.vmattest.server.archive.DamagedArchiveException;
import io.vmattest.server.bodies.StoredBody;
import jakarta.persistence.EntityManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** The files that some entries' bodies were moved to, each opened once. Not thread-safe. */
final class ArchiveReading implements AutoCloseable {
  /** Of no file. */
  static final ArchiveReading NONE = new ArchiveReading(ArchiveFolder.ofState(), List.of());

  private final ArchiveFolder folder;
  private final NavigableMap<Long, ArchiveRow> rows = new TreeMap<>();
  private final Map<Long, ArchiveReader> readers = new HashMap<>();

  private ArchiveReading(ArchiveFolder folder, List<ArchiveRow> rows) {
    this.folder = folder;
    rows.forEach(row -> this.rows.put(row.first(), row));
  }

  /** Of the entries between two, with both. */
  static ArchiveReading of(EntityManager em, ArchiveFolder folder, long first, long last) {
    return new ArchiveReading(
        folder,
        em.createQuery(
                "SELECT a FROM ArchiveRow a WHERE a.firstIndex <= :last AND a.lastIndex >= :first",
                ArchiveRow.class)
            .setParameter("first", first)
            .setParameter("last", last)
            .getResultList());
  }

  /**
   * The body of an entry; empty if it was not moved.
   *
   * @throws DamagedArchiveException if it was, and is not where it was moved to
   */
  Optional<StoredBody> body(long index) throws DamagedArchiveException {
    Optional<ArchiveRow> row = row(index);
    if (row.isEmpty()) {
      return Optional.empty();
    }
    Optional<StoredBody> body = reader(row.get()).read(ArchiveMember.ofEntry(index));
    if (body.isEmpty()) {
      throw changed(index, "has none of it");
    }
    return body;
  }

  /**
   * What was seen of the guest, by the report of an entry; empty if it is in no file.
   *
   * @throws DamagedArchiveException if the file is damaged
   */
  Optional<StoredBody> guest(long index, Digest report) throws DamagedArchiveException {
    Optional<ArchiveRow> row = row(index);
    return row.isEmpty() ? Optional.empty() : reader(row.get()).read(ArchiveMember.ofGuest(report));
  }

  /** Says that the file of an entry is not as it was written. */
  DamagedArchiveException changed(long index, String how) {
    return DamagedArchiveException.changed(
        row(index).map(row -> row.name().file()).orElse("no file"), how);
  }

  private Optional<ArchiveRow> row(long index) {
    return Optional.ofNullable(rows.floorEntry(index))
        .map(Map.Entry::getValue)
        .filter(row -> row.last() >= index);
  }

  private ArchiveReader reader(ArchiveRow row) throws DamagedArchiveException {
    ArchiveReader reader = readers.get(row.first());
    if (reader == null) {
      reader = folder.open(row.name());
      readers.put(row.first(), reader);
    }
    return reader;
  }

  @Override
  public void close() {
    try {
      for (ArchiveReader reader : readers.values()) {
        reader.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("what was only read cannot be closed", e);
    }
  }
}
