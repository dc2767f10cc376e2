// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerFinding.Kind;

/** What there is of an entry's body. */
sealed interface FoundBody {
  /** As it was before it was stored, whether or not it is what the entry's digest is over. */
  record Whole(byte[] bytes) implements FoundBody {}

  /** It is nowhere. */
  record Absent() implements FoundBody {}

  /**
   * It cannot be read.
   *
   * @param reason one sentence, for people
   */
  record Unreadable(Kind kind, String reason) implements FoundBody {}
}
