// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.policy;

import io.vmattest.core.appraisal.AppraisalPolicy;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How a VM is appraised and how often it is attested.
 *
 * @param interval between two attestations by the clock; zero for none
 */
public record VmPolicy(AppraisalPolicy appraisal, Duration interval) {
  private static final Duration SHORTEST = Duration.ofSeconds(5);
  private static final Duration LONGEST = Duration.ofDays(31);
  private static final int MOST_COMPONENTS = 64;
  private static final Pattern COMPONENT = Pattern.compile("\\*|[a-z][a-z0-9/_.-]{0,63}");

  // After the bounds, which it is checked against.
  public static final VmPolicy DEFAULT = new VmPolicy(AppraisalPolicy.DEFAULT, Duration.ofHours(1));

  /**
   * Checks the bounds.
   *
   * @throws ServiceException with INVALID_REQUEST if a bound is not kept
   */
  public VmPolicy {
    if (!interval.isZero()
        && (interval.compareTo(SHORTEST) < 0 || interval.compareTo(LONGEST) > 0)) {
      throw invalid("the interval is 0 (none) or between 5 seconds and 31 days");
    }
    check(appraisal.live());
    check(appraisal.exact());
  }

  private static void check(Set<String> components) {
    if (components.size() > MOST_COMPONENTS) {
      throw invalid("at most " + MOST_COMPONENTS + " components can be named");
    }
    components.stream()
        .filter(name -> !COMPONENT.matcher(name).matches())
        .findFirst()
        .ifPresent(
            name -> {
              throw invalid("not the name of a component: " + name);
            });
  }

  private static ServiceException invalid(String message) {
    return new ServiceException(Problem.INVALID_REQUEST, message);
  }
}
