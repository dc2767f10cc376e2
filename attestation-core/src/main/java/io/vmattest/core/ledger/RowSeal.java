// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import io.vmattest.core.cbor.CborWriter;

/**
 * What the seal of an entry's row in the database is made over. It names the entry's index, so that
 * it is worth nothing on another row, and what is in the row but not in the entry.
 */
public final class RowSeal {
  private static final String DOMAIN = "vmattest ledger row 1";

  /** As long as most are. */
  private static final int EXPECTED = 320;

  private RowSeal() {}

  /** Deterministic CBOR: [text "vmattest ledger row 1", bytes of the entry, text summary]. */
  public static byte[] message(LedgerEntryData entry, String summary) {
    return new CborWriter(EXPECTED)
        .array(3)
        .text(DOMAIN)
        .bytes(entry.encoded())
        .text(summary)
        .encoded();
  }
}
