// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.policy;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.json.JsonObjectBuilder;
import java.time.Duration;

/**
 * What is done about a discrepancy, and how often by itself.
 *
 * @param coolDown between a rollback and the next automatic one; a minute to 31 days
 * @param mostRollbacks that are automatic within the period, 1 to 24
 * @param period an hour to 31 days
 */
public record ReactionTerms(
    Reaction reaction, Duration coolDown, long mostRollbacks, Duration period) {
  /** As many as the history of rollbacks that is looked at holds. */
  private static final long MOST = 24;

  private static final Duration SHORTEST = Duration.ofMinutes(1);
  private static final Duration SHORTEST_PERIOD = Duration.ofHours(1);
  private static final Duration LONGEST = Duration.ofDays(31);

  public static final ReactionTerms DEFAULT =
      new ReactionTerms(Reaction.ALERT, Duration.ofMinutes(10), 3, Duration.ofHours(24));

  /**
   * Checks the bounds.
   *
   * @throws ServiceException with INVALID_REQUEST if a bound is not kept
   */
  public ReactionTerms {
    if (isOutside(coolDown, SHORTEST)) {
      throw invalid("coolDown is between a minute and 31 days");
    }
    if (mostRollbacks < 1 || mostRollbacks > MOST) {
      throw invalid("mostRollbacks is between 1 and " + MOST);
    }
    if (isOutside(period, SHORTEST_PERIOD)) {
      throw invalid("rollbackPeriod is between an hour and 31 days");
    }
  }

  private static boolean isOutside(Duration time, Duration shortest) {
    return time.compareTo(shortest) < 0 || time.compareTo(LONGEST) > 0;
  }

  /** With another reaction, and the same limits. */
  public ReactionTerms with(Reaction other) {
    return new ReactionTerms(other, coolDown, mostRollbacks, period);
  }

  /** Adds them as policies have them in JSON. */
  public void addTo(JsonObjectBuilder json) {
    json.add("reaction", reaction.name())
        .add("coolDown", coolDown.toString())
        .add("mostRollbacks", mostRollbacks)
        .add("rollbackPeriod", period.toString());
  }

  private static ServiceException invalid(String message) {
    return new ServiceException(Problem.INVALID_REQUEST, message);
  }
}
