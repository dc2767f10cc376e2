// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.ledger.LedgerFindings;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.NoteVerifiers;
import io.vmattest.core.tlog.SignedCheckpoint;
import io.vmattest.core.tlog.TlogException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** The stored checkpoints whose signatures hold, the smallest first; of others it tells. */
final class StoredCheckpoints implements Iterator<Checkpoint> {
  private final AuditReader reader;
  private final NoteVerifiers keys;
  private final String origin;
  private final LedgerFindings findings;
  private final Deque<Checkpoint> read = new ArrayDeque<>();
  private final long last;
  private long above = -1;
  private boolean isAtTheEnd;

  /**
   * @param last size of the last one that is of interest
   * @param findings where the others go
   */
  StoredCheckpoints(
      AuditReader reader, NoteVerifiers keys, String origin, long last, LedgerFindings findings) {
    this.reader = reader;
    this.keys = keys;
    this.origin = origin;
    this.last = last;
    this.findings = findings;
  }

  @Override
  public boolean hasNext() {
    while (read.isEmpty() && !isAtTheEnd) {
      List<CheckpointRow> rows = reader.checkpoints(above, last);
      isAtTheEnd = rows.isEmpty();
      rows.forEach(this::open);
    }
    return !read.isEmpty();
  }

  @Override
  public Checkpoint next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return read.remove();
  }

  private void open(CheckpointRow row) {
    above = row.size();
    try {
      Checkpoint checkpoint = SignedCheckpoint.open(row.note(), origin, keys).checkpoint();
      if (row.isOf(checkpoint)) {
        read.add(checkpoint);
        return;
      }
      changed(row, "its row names another size or counter than the note");
    } catch (TlogException e) {
      changed(row, String.valueOf(e.getMessage()));
    }
  }

  private void changed(CheckpointRow row, String detail) {
    findings.add(Kind.CHECKPOINT_CHANGED, row.size(), detail);
  }
}
