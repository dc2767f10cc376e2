// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.report.Digest;
import io.vmattest.server.ledger.StoredReport;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A VM that differs from its baseline.
 *
 * @param cause fingerprint of what differs, by which it is known when it comes back
 */
public record Discrepant(StoredReport baseline, Digest cause) {
  public static Discrepant of(StoredReport baseline, Collection<Discrepancy> discrepancies) {
    return new Discrepant(baseline, fingerprint(discrepancies));
  }

  /** SHA-256 over what differs, sorted, and not how: a line each of component, NUL, subject. */
  static Digest fingerprint(Collection<Discrepancy> discrepancies) {
    String lines =
        discrepancies.stream()
            .map(d -> d.component() + '\0' + d.subject() + '\n')
            .distinct()
            .sorted()
            .collect(Collectors.joining());
    return Digest.sha256(lines.getBytes(StandardCharsets.UTF_8));
  }

  public UUID vm() {
    return baseline.report().vmId();
  }
}
