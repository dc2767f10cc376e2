// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;

/**
 * A report that was checked and appended.
 *
 * @param canonicalConfig the XML that component config is the digest of
 * @param snapshotKept whether the host's store was left holding its snapshot
 * @param ledgerIndex of its entry
 */
public record StoredReport(
    SignedReport signed, String canonicalConfig, boolean snapshotKept, long ledgerIndex) {
  public Digest digest() {
    return signed.digest();
  }

  public AttestationReport report() {
    return signed.report();
  }
}
