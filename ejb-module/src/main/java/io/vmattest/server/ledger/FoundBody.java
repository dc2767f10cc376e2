// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.server.archive.DamagedArchiveException;
import io.vmattest.server.archive.DamagedArchiveException.Extent;
import io.vmattest.server.bodies.UnreadableBodyException;
import java.util.Optional;

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
   * @param file that cannot be read as a whole, for which all of its bodies cannot
   */
  record Unreadable(Kind kind, String reason, Optional<String> file) implements FoundBody {
    static Unreadable of(UnreadableBodyException e) {
      return new Unreadable(Kind.BODY_UNREADABLE, "its body " + e.reason(), Optional.empty());
    }

    static Unreadable of(DamagedArchiveException e) {
      return new Unreadable(
          e.extent() == Extent.MISSING ? Kind.ARCHIVE_MISSING : Kind.ARCHIVE_CHANGED,
          "its body was moved, and " + e.reason(),
          e.extent() == Extent.MEMBER ? Optional.empty() : Optional.of(e.file()));
    }
  }
}
