// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.policy;

import io.vmattest.core.appraisal.ExecutableRule;
import io.vmattest.core.appraisal.GuestPolicy;
import io.vmattest.core.appraisal.GuestPolicy.Forbidden;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What a policy says of the inside of a guest, as texts. */
public final class GuestTerms {
  private static final int MOST_EXECUTABLES = 256;
  private static final int LONGEST_PATH = 4096;

  private GuestTerms() {}

  /** The names of what is forbidden, in order. */
  public static Set<String> names(Set<Forbidden> forbidden) {
    return forbidden.stream()
        .map(what -> what.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * What the names stand for.
   *
   * @throws ServiceException with INVALID_REQUEST if one stands for nothing
   */
  public static Set<Forbidden> forbidden(Set<String> names) {
    Set<Forbidden> forbidden = EnumSet.noneOf(Forbidden.class);
    for (String name : names) {
      forbidden.add(
          Arrays.stream(Forbidden.values())
              .filter(what -> what.name().toLowerCase(Locale.ROOT).equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      invalid(
                          "%s can be forbidden, %s cannot"
                              .formatted(names(EnumSet.allOf(Forbidden.class)), name))));
    }
    return forbidden;
  }

  /**
   * Checks the bounds.
   *
   * @throws ServiceException with INVALID_REQUEST if one is not kept
   */
  static void check(GuestPolicy policy) {
    if (policy.executables().size() > MOST_EXECUTABLES) {
      throw invalid("at most %d executables can be allowed".formatted(MOST_EXECUTABLES));
    }
    for (String executable : policy.executables()) {
      check(executable);
    }
  }

  private static void check(String executable) {
    if (executable.length() > LONGEST_PATH) {
      throw invalid("an executable has at most %d characters".formatted(LONGEST_PATH));
    }
    try {
      ExecutableRule.parse(executable);
    } catch (IllegalArgumentException e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
  }

  private static ServiceException invalid(String message) {
    return new ServiceException(Problem.INVALID_REQUEST, message);
  }
}
