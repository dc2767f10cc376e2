// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import com.upokecenter.cbor.CBORObject;

/**
 * What the seal of an entry's row in the database is made over. It names the entry's index, so that
 * it is worth nothing on another row, and what is in the row but not in the entry.
 */
public final class RowSeal {
  private static final String DOMAIN = "vmattest ledger row 1";

  private RowSeal() {}

  /** Deterministic CBOR: [text "vmattest ledger row 1", bytes of the entry, text summary]. */
  public static byte[] message(LedgerEntryData entry, String summary) {
    return CBORObject.NewArray().Add(DOMAIN).Add(entry.encoded()).Add(summary).EncodeToBytes();
  }
}
