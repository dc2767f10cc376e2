// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;

/**
 * An entry of the ledger.
 *
 * @param hash as it was stored
 * @param body what the entry's digest is over: the signed report of a REPORT, the signed result of
 *     a VERDICT, the enrolment of an ENROLMENT, JSON otherwise
 * @param summary one sentence, for people; not part of what is hashed
 */
public record LedgerRecord(LedgerEntryData data, Digest hash, byte[] body, String summary) {
  public LedgerSummary withoutBody() {
    return new LedgerSummary(data, hash, summary);
  }

  /** Whether body and hash are those that the entry was made with. */
  public boolean isIntact() {
    return data.hash().equals(hash) && Digest.sha256(body).equals(data.body());
  }
}
