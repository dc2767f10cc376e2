// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;

/**
 * An entry of the ledger without its body.
 *
 * @param hash as it was stored
 * @param summary one sentence, for people; not part of what is hashed
 */
public record LedgerSummary(LedgerEntryData data, Digest hash, String summary) {
  LedgerRecord withBody(byte[] body) {
    return new LedgerRecord(data, hash, body, summary);
  }
}
