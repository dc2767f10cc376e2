// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import java.util.Optional;
import java.util.UUID;

/** A report that stood every check that needs no ledger. Only {@link ReportChecks} makes one. */
public final class CheckedReport {
  private final IncomingReport incoming;
  private final SignedReport signed;
  private final Digest configDigest;

  /**
   * @param configDigest of the configuration that came beside it
   */
  CheckedReport(IncomingReport incoming, SignedReport signed, Digest configDigest) {
    this.incoming = incoming;
    this.signed = signed;
    this.configDigest = configDigest;
  }

  Digest configDigest() {
    return configDigest;
  }

  public IncomingReport incoming() {
    return incoming;
  }

  public SignedReport signed() {
    return signed;
  }

  AttestationReport report() {
    return signed.report();
  }

  Digest digest() {
    return signed.digest();
  }

  UUID vm() {
    return report().vmId();
  }

  LedgerAddition addition() {
    return new LedgerAddition(
        LedgerEntryData.Type.REPORT,
        Optional.of(vm()),
        incoming.cose(),
        "report %d of %s (%s, %s)"
            .formatted(
                report().sequence(),
                report().vmName(),
                report().mode().claim(),
                report().trigger()));
  }
}
