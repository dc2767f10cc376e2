// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.input;

import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import org.jspecify.annotations.Nullable;

/** The cursor and the size of a page, as query parameters give them. */
public final class Paging {
  private static final int USUAL_LIMIT = 50;

  private Paging() {}

  /**
   * Gives the page's size.
   *
   * @param most largest page; more is taken for it
   * @throws ServiceException with INVALID_REQUEST
   */
  public static int limit(@Nullable String text, int most) {
    long limit = text == null ? USUAL_LIMIT : number("limit", text);
    if (limit < 1) {
      throw invalid("limit");
    }
    return (int) Math.min(limit, most);
  }

  /**
   * Gives the last item already seen.
   *
   * @param start what stands for none
   * @throws ServiceException with INVALID_REQUEST
   */
  public static long after(@Nullable String text, long start) {
    if (text == null) {
      return start;
    }
    long after = number("after", text);
    if (after < start) {
      throw invalid("after");
    }
    return after;
  }

  /**
   * A parameter that is true or false, and false if it is not there.
   *
   * @throws ServiceException with INVALID_REQUEST
   */
  public static boolean flag(String name, @Nullable String text) {
    if (text == null || text.equals("false")) {
      return false;
    }
    if (!text.equals("true")) {
      throw new ServiceException(Problem.INVALID_REQUEST, name + " is neither true nor false");
    }
    return true;
  }

  /** A whole number in a path or query. */
  public static long number(String name, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new ServiceException(
          Problem.INVALID_REQUEST, name + " is not a whole number in range", e);
    }
  }

  private static ServiceException invalid(String name) {
    return new ServiceException(Problem.INVALID_REQUEST, name + " is not a whole number in range");
  }
}
