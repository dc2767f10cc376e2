// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.maintenance;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * A time in which a VM's discrepancies are not reacted to. It lasts until its Baseline is taken,
 * and a day longer than it was meant to at most.
 *
 * @param why for people
 * @param by who wanted it
 */
public record Window(UUID vm, String why, String by, Instant begunAt, Instant until) {
  /** In characters. */
  private static final int LONGEST_WHY = 500;

  private static final Duration SHORTEST = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofHours(24);
  private static final Duration GRACE = Duration.ofHours(24);

  /**
   * Checks what somebody asks for.
   *
   * @throws ServiceException with INVALID_REQUEST if a bound is not kept
   */
  public static void check(String why, Duration time) {
    if (why.isBlank() || why.length() > LONGEST_WHY) {
      throw invalid("why has 1 to " + LONGEST_WHY + " characters");
    }
    if (time.compareTo(SHORTEST) < 0 || time.compareTo(LONGEST) > 0) {
      throw invalid("a window is between a minute and 24 hours long");
    }
  }

  private static ServiceException invalid(String message) {
    return new ServiceException(Problem.INVALID_REQUEST, message);
  }

  boolean isDue(Instant now) {
    return !now.isBefore(until);
  }

  /** Whether it has to end even without a new Baseline. */
  boolean isOverdue(Instant now) {
    return !now.isBefore(until.plus(GRACE));
  }
}
