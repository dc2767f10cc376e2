// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.verification.ReportVerification.Outcome;
import java.util.List;
import java.util.Optional;

/**
 * What verifying a bundle gave.
 *
 * @param contents what it says; empty where it could not be read, and not to be believed unless the
 *     outcome is VERIFIED
 */
public record CaseVerification(List<CaseClaim> claims, Optional<CaseContents> contents) {
  public CaseVerification {
    claims = List.copyOf(claims);
  }

  public Optional<CaseClaim.Fails> failure() {
    return claims.stream()
        .filter(CaseClaim.Fails.class::isInstance)
        .map(CaseClaim.Fails.class::cast)
        .findFirst();
  }

  public Outcome outcome() {
    if (failure().isPresent()) {
      return Outcome.FALSE;
    }
    return claims.stream().anyMatch(CaseClaim.Unchecked.class::isInstance)
        ? Outcome.UNDECIDED
        : Outcome.VERIFIED;
  }
}
