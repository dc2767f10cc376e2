// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.policy;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.json.JsonObjectBuilder;
import java.time.Duration;
import java.util.Optional;

/**
 * Which snapshots of a VM are kept; what is empty sets no limit.
 *
 * @param snapshots how many, at least 1
 * @param age how long, from a minute to ten years
 * @param bytes how much of the disk all of them may take together, at least 1
 */
public record Retention(Optional<Long> snapshots, Optional<Duration> age, Optional<Long> bytes) {
  private static final Duration SHORTEST = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofDays(3660);

  public static final Retention UNLIMITED =
      new Retention(Optional.empty(), Optional.empty(), Optional.empty());

  /**
   * Checks the bounds. None is 0, which some would take for no limit, and some for no snapshot.
   *
   * @throws ServiceException with INVALID_REQUEST if a bound is not kept
   */
  public Retention {
    if (snapshots.filter(n -> n < 1).isPresent()) {
      throw invalid("keepSnapshots is at least 1; leave it out for no limit");
    }
    if (bytes.filter(n -> n < 1).isPresent()) {
      throw invalid("keepBytes is at least 1; leave it out for no limit");
    }
    if (age.filter(a -> a.compareTo(SHORTEST) < 0 || a.compareTo(LONGEST) > 0).isPresent()) {
      throw invalid("keepFor is between a minute and ten years; leave it out for no limit");
    }
  }

  public boolean isUnlimited() {
    return equals(UNLIMITED);
  }

  /** Adds the limits that there are, as policies have them in JSON. */
  public void addTo(JsonObjectBuilder json) {
    snapshots.ifPresent(n -> json.add("keepSnapshots", n));
    age.ifPresent(a -> json.add("keepFor", a.toString()));
    bytes.ifPresent(n -> json.add("keepBytes", n));
  }

  private static ServiceException invalid(String message) {
    return new ServiceException(Problem.INVALID_REQUEST, message);
  }
}
