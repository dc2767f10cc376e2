// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import java.util.EnumSet;
import java.util.Set;

/**
 * Which components must equal the Baseline's, by how the guest stood when it was captured.
 *
 * @param live component names that must be equal on a running guest
 * @param exact component names that must be equal on a paused or restored one
 * @param guest what may not happen inside the guest
 */
public record AppraisalPolicy(Set<String> live, Set<String> exact, GuestPolicy guest) {
  /**
   * Stands for every component in a set of names, but for those that are read out of memory: memory
   * itself is compared.
   */
  public static final String ALL = "*";

  /** Configuration and control registers on a live guest, everything on one that stands still. */
  public static final AppraisalPolicy DEFAULT =
      new AppraisalPolicy(Set.of("config", "cpu/control"), Set.of(ALL));

  /** To name every difference: all must be equal, and what can be forbidden inside a guest is. */
  public static final AppraisalPolicy EVERYTHING =
      new AppraisalPolicy(
          Set.of(ALL),
          Set.of(ALL),
          new GuestPolicy(EnumSet.allOf(GuestPolicy.Forbidden.class), Set.of()));

  public AppraisalPolicy {
    live = Set.copyOf(live);
    exact = Set.copyOf(exact);
  }

  /** With what is forbidden inside a guest by default. */
  public AppraisalPolicy(Set<String> live, Set<String> exact) {
    this(live, exact, GuestPolicy.DEFAULT);
  }
}
