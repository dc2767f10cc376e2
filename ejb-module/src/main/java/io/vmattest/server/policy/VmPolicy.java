// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.policy;

import io.vmattest.core.appraisal.AppraisalPolicy;
import io.vmattest.hypervisor.api.CaptureRequest;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.time.Duration;
import java.util.Set;

/**
 * How a VM is appraised and how often it is attested.
 *
 * @param interval between two attestations by the clock; zero for none
 * @param maxPause how long the VM may stand still for a capture; whole milliseconds
 */
public record VmPolicy(AppraisalPolicy appraisal, Duration interval, Duration maxPause) {
  private static final Duration SHORTEST = Duration.ofSeconds(5);
  private static final Duration LONGEST = Duration.ofDays(31);

  /** The components that reports have, and what stands for all of them. */
  private static final Set<String> COMPONENTS =
      Set.of("config", "cpu", "cpu/control", "devices", "memory", AppraisalPolicy.ALL);

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
    if (!CaptureRequest.isPauseAllowed(maxPause) || maxPause.toNanosPart() % 1_000_000 != 0) {
      throw invalid(
          "the longest pause is between "
              + CaptureRequest.LEAST_PAUSE_MILLIS
              + " and "
              + CaptureRequest.MOST_PAUSE_MILLIS
              + " milliseconds");
    }
    check(appraisal.live());
    check(appraisal.exact());
  }

  /** With the pause that is allowed by default. */
  public VmPolicy(AppraisalPolicy appraisal, Duration interval) {
    this(appraisal, interval, CaptureRequest.DEFAULT_MAX_PAUSE);
  }

  /** Whoever compares nothing finds nothing: that is no verdict. */
  private static void check(Set<String> components) {
    if (components.isEmpty()) {
      throw invalid("at least one component must be named, of a running VM and of one at rest");
    }
    components.stream()
        .filter(name -> !COMPONENTS.contains(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw invalid("no report has a component " + name);
            });
  }

  private static ServiceException invalid(String message) {
    return new ServiceException(Problem.INVALID_REQUEST, message);
  }
}
