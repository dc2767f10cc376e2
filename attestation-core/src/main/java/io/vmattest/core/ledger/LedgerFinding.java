// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import io.vmattest.core.tlog.TilePath;
import java.util.Optional;

/**
 * Something that is wrong with a ledger.
 *
 * @param index of the entry, or of the first of several; of a checkpoint, its size
 * @param detail one sentence, for people
 * @param tile that it is about, if it is about one
 */
public record LedgerFinding(Kind kind, long index, String detail, Optional<TilePath> tile) {
  /** Of what is no tile. */
  public LedgerFinding(Kind kind, long index, String detail) {
    this(kind, index, detail, Optional.empty());
  }

  /** What is wrong. */
  public enum Kind {
    /** The entry does not hash to what was stored: one of its columns was changed. */
    ENTRY_CHANGED,
    /** Two entries stand in each other's place. */
    ENTRIES_SWAPPED,
    /** Entries are not there. */
    ENTRY_MISSING,
    /** The entry stands where the ledger has ended already. */
    ENTRY_ADDED,
    /** The entry does not name the one before as its previous. */
    ENTRY_DOES_NOT_FOLLOW,
    /** The entry's row holds what no entry has. */
    ENTRY_UNREADABLE,
    /** The row's seal is not that of the HSM's key over this row. */
    SEAL_WRONG,
    /** The body is not what the entry's digest is over. */
    BODY_CHANGED,
    /** The body is not there. */
    BODY_MISSING,
    /** The body does not decrypt as what belongs there, or its key is not there. */
    BODY_UNREADABLE,
    /** The file that bodies were moved to is not there. */
    ARCHIVE_MISSING,
    /** The file that bodies were moved to, or one of them in it, is not as it was written. */
    ARCHIVE_CHANGED,
    /**
     * The row by which such a file is found is not there, or says something else than its entry.
     */
    ARCHIVE_ROW_CHANGED,
    /** The report is of another VM than the entry. */
    REPORT_OF_ANOTHER_VM,
    /** The body of a report is no report. */
    REPORT_MALFORMED,
    /** The report's signature or evidence does not hold, or its digests do not add up. */
    REPORT_NOT_VERIFIED,
    /** The VM's report does not follow its last one. */
    REPORT_DOES_NOT_FOLLOW,
    /** The row by which a report is found says something else than the report. */
    REPORT_ROW_CHANGED,
    /** The configuration is not the one that the report names. */
    CONFIG_CHANGED,
    /** What was seen inside the guest is not what the report names, or cannot be read. */
    GUEST_CHANGED,
    /** The result of a verdict is not signed by the verifier, or is another VM's. */
    RESULT_REJECTED,
    /** The ledger ends before a checkpoint, or elsewhere than its head says. */
    TAIL_MISSING,
    /** The tile is not over the entries that are there. */
    TILE_CHANGED,
    /** The tile is not there. */
    TILE_MISSING,
    /** None of the log's keys signed the checkpoint, or it is malformed. */
    CHECKPOINT_CHANGED,
    /** The checkpoint's root is not over the entries that are there. */
    CHECKPOINT_OF_ANOTHER_TREE,
    /** The checkpoint is not there. */
    CHECKPOINT_MISSING,
    /** The checkpoint is bound to another value of the counter than the one after the last. */
    CHECKPOINT_COUNTER,
    /** The TPM's counter is not where the last checkpoint says. */
    DATABASE_OLDER
  }
}
