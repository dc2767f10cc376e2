// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.verification;

import java.util.List;

/**
 * Every claim of a report, checked.
 *
 * @param claims in the order of {@link Claim.Subject}
 */
public record ReportVerification(List<Claim> claims) {
  public ReportVerification {
    claims = List.copyOf(claims);
  }

  /** What follows from the claims. */
  public enum Outcome {
    /** Every required claim holds, and none fails. */
    VERIFIED,
    /** A claim fails. */
    FALSE,
    /** None fails, but a required one could not be checked. */
    UNDECIDED
  }

  public Outcome outcome() {
    if (!failures().isEmpty()) {
      return Outcome.FALSE;
    }
    return claims.stream().anyMatch(c -> c instanceof Claim.Unchecked && c.required())
        ? Outcome.UNDECIDED
        : Outcome.VERIFIED;
  }

  public List<Claim.Fails> failures() {
    return claims.stream()
        .filter(Claim.Fails.class::isInstance)
        .map(Claim.Fails.class::cast)
        .toList();
  }
}
