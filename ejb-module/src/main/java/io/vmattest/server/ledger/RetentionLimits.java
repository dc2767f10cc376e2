// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * Which bodies leave the database at a moment.
 *
 * @param old entries from before that may be moved
 * @param overdue entries from before that are not kept waiting for more that fill a file
 */
record RetentionLimits(Instant old, Instant overdue) {
  /** How bodies are kept. */
  static final String PROPERTY = "vmattest.ledger.bodies.keep";

  /** How long bodies wait for others at most, so that files are not many and small. */
  private static final Duration PATIENCE = Duration.ofDays(1);

  /** More makes no sense, and less than a calendar can be counted back. */
  private static final Duration LONGEST = Duration.ofDays(36_525);

  /**
   * How long bodies stay in the database, as the system property says; empty where all do.
   *
   * @throws IllegalStateException if it says something else than a time
   */
  static Optional<Duration> configured() {
    return parse(System.getProperty(PROPERTY, ""));
  }

  /**
   * @param text of ISO 8601, such as P90D or PT12H; empty for ever
   */
  static Optional<Duration> parse(String text) {
    if (text.isBlank()) {
      return Optional.empty();
    }
    try {
      Duration keep = Duration.parse(text.strip());
      if (keep.compareTo(Duration.ZERO) > 0 && keep.compareTo(LONGEST) <= 0) {
        return Optional.of(keep);
      }
    } catch (DateTimeParseException e) {
      throw new IllegalStateException(complaint(text), e);
    }
    throw new IllegalStateException(complaint(text));
  }

  private static String complaint(String text) {
    return PROPERTY
        + " is \""
        + text
        + "\", and has to be a time as in ISO 8601, more than none and at most P"
        + LONGEST.toDays()
        + "D, such as P90D";
  }

  /** Those for bodies that stay in the database for a time. */
  static RetentionLimits at(Instant now, Duration keep) {
    Instant old = now.minus(keep);
    return new RetentionLimits(old, old.minus(keep.compareTo(PATIENCE) < 0 ? keep : PATIENCE));
  }
}
