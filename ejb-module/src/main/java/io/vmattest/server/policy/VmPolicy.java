// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.policy;

import io.vmattest.core.appraisal.AppraisalPolicy;
import io.vmattest.core.appraisal.GuestComponents;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How a VM is appraised and how often it is attested.
 *
 * @param interval between two attestations by the clock; zero for none
 * @param maxPause how long the VM may stand still for a capture; whole milliseconds
 * @param retention which snapshots are kept
 * @param reaction what is done when it is DISCREPANT
 */
public record VmPolicy(
    AppraisalPolicy appraisal,
    Duration interval,
    Duration maxPause,
    Retention retention,
    ReactionTerms reaction) {
  private static final Duration SHORTEST = Duration.ofSeconds(5);
  private static final Duration LONGEST = Duration.ofDays(31);

  /** As the connector has them, which not everybody who reads a policy has. */
  static final Duration LEAST_PAUSE = Duration.ofMillis(5);

  static final Duration MOST_PAUSE = Duration.ofSeconds(60);
  static final Duration DEFAULT_MAX_PAUSE = Duration.ofSeconds(1);

  /** The components that reports have, and what stands for all of them. */
  private static final Set<String> COMPONENTS =
      Stream.concat(
              GuestComponents.NAMES.stream(),
              Stream.of("config", "cpu", "cpu/control", "devices", "memory", AppraisalPolicy.ALL))
          .collect(Collectors.toUnmodifiableSet());

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
    if (maxPause.compareTo(LEAST_PAUSE) < 0
        || maxPause.compareTo(MOST_PAUSE) > 0
        || maxPause.toNanosPart() % 1_000_000 != 0) {
      throw invalid("the longest pause is between 5 and 60000 milliseconds");
    }
    check(appraisal.live());
    check(appraisal.exact());
    GuestTerms.check(appraisal.guest());
  }

  /** Every snapshot is kept, and a discrepancy is told. */
  public VmPolicy(AppraisalPolicy appraisal, Duration interval, Duration maxPause) {
    this(appraisal, interval, maxPause, Retention.UNLIMITED, ReactionTerms.DEFAULT);
  }

  /** With the pause that is allowed by default. */
  public VmPolicy(AppraisalPolicy appraisal, Duration interval) {
    this(appraisal, interval, DEFAULT_MAX_PAUSE);
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

  /** With another reaction, and the same limits. */
  public VmPolicy with(Reaction other) {
    return new VmPolicy(appraisal, interval, maxPause, retention, reaction.with(other));
  }

  private static ServiceException invalid(String message) {
    return new ServiceException(Problem.INVALID_REQUEST, message);
  }
}
