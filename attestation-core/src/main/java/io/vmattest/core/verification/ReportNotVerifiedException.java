// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.verification;

import java.util.stream.Collectors;

/** A report of which some required claim fails or could not be checked. */
public final class ReportNotVerifiedException extends Exception {
  private static final long serialVersionUID = 1L;
  private final transient ReportVerification verification;

  public ReportNotVerifiedException(ReportVerification verification) {
    super(describe(verification));
    this.verification = verification;
  }

  public ReportVerification verification() {
    return verification;
  }

  private static String describe(ReportVerification verification) {
    return verification.claims().stream()
        .filter(
            c -> !(c instanceof Claim.Holds) && c.subject().required() || c instanceof Claim.Fails)
        .map(Claim::sentence)
        .collect(Collectors.joining(" "));
  }
}
