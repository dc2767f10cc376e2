// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import java.nio.charset.StandardCharsets;

/** Reports that nobody checked, for tests of what is done with those that were. */
public final class CheckedReports {
  private CheckedReports() {}

  public static CheckedReport of(IncomingReport incoming, SignedReport signed) {
    byte[] config = incoming.canonicalConfig().getBytes(StandardCharsets.UTF_8);
    return new CheckedReport(incoming, signed, Digest.sha256(config));
  }
}
