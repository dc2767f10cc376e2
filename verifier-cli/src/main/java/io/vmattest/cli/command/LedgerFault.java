// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.core.ledger.LedgerBrokenException;
import java.util.OptionalLong;

/**
 * What does not hold of a ledger.
 *
 * @param reason a word for programs
 * @param entry at which the chain breaks; none where no single entry is at fault
 */
record LedgerFault(String reason, OptionalLong entry, String sentence) {
  static LedgerFault of(LedgerBrokenException broken) {
    return new LedgerFault(
        broken.reason().name(),
        OptionalLong.of(broken.index()),
        String.valueOf(broken.getMessage()));
  }

  static LedgerFault of(CheckpointReason reason, String sentence) {
    return new LedgerFault(reason.name(), OptionalLong.empty(), sentence);
  }

  /** How a checkpoint and the entries disagree. */
  enum CheckpointReason {
    /** The server shows none, to somebody who has the log's keys. */
    CHECKPOINT_MISSING,
    /** None of the log's keys signed it, or one of their signatures does not verify. */
    CHECKPOINT_SIGNATURE,
    /** The entries are not those that were signed. */
    CHECKPOINT_ROOT,
    /** More entries were signed than there are. */
    CHECKPOINT_SIZE
  }
}
