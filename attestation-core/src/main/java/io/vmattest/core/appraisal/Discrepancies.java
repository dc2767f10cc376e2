// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import java.util.Optional;
import java.util.OptionalLong;

/** Makes discrepancies that do not lie in memory. */
final class Discrepancies {
  /** Stands for a value that is not there. */
  static final String ABSENT = "absent";

  private Discrepancies() {}

  static Discrepancy of(
      String component, String subject, String expected, String actual, String explanation) {
    return of(component, Severity.CRITICAL, subject, expected, actual, explanation);
  }

  static Discrepancy of(
      String component,
      Severity severity,
      String subject,
      String expected,
      String actual,
      String explanation) {
    return new Discrepancy(
        component,
        severity,
        subject,
        Optional.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        Optional.empty(),
        expected,
        actual,
        explanation);
  }
}
