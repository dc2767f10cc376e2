// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.time.Duration;
import java.util.Optional;

/**
 * What somebody asks of a debug clone.
 *
 * @param life how long it lives at most
 * @param why for the ledger
 * @param by who asks
 */
public record CloneRequest(Duration life, Optional<String> why, String by) {
  public static final Duration USUAL = Duration.ofHours(1);
  private static final Duration LONGEST = Duration.ofHours(8);

  /** In characters. */
  private static final int LONGEST_WHY = 500;

  /**
   * Checks the bounds.
   *
   * @param minutes empty for {@link #USUAL}
   * @throws ServiceException with INVALID_REQUEST if one is not kept
   */
  public static CloneRequest of(Optional<Long> minutes, Optional<String> why, String by) {
    long wanted = minutes.orElse(USUAL.toMinutes());
    if (wanted < 1 || wanted > LONGEST.toMinutes()) {
      throw invalid("minutes is a number from 1 to " + LONGEST.toMinutes());
    }
    if (why.filter(text -> text.isBlank() || text.length() > LONGEST_WHY).isPresent()) {
      throw invalid("why has 1 to " + LONGEST_WHY + " characters");
    }
    return new CloneRequest(Duration.ofMinutes(wanted), why, by);
  }

  private static ServiceException invalid(String message) {
    return new ServiceException(Problem.INVALID_REQUEST, message);
  }
}
