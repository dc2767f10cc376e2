// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import java.time.Duration;

/**
 * What the captures of a host may take together.
 *
 * @param captures of running guests at once; at least 1
 * @param hashingThreads of all captures together; at least 1
 * @param bandwidth of all captures together, bytes a second; 0 for no limit
 * @param patience how long a capture waits for its turn
 */
public record BudgetLimits(int captures, int hashingThreads, long bandwidth, Duration patience) {
  /** No limit that matters, bytes a second. */
  static final long UNLIMITED = 64L << 30;

  private static final int MOST = 1024;
  private static final Duration LONGEST = Duration.ofHours(1);

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if one is not kept
   */
  public BudgetLimits {
    check("captures at once", captures, 1, MOST);
    check("hashing threads", hashingThreads, 1, MOST);
    check("bandwidth", bandwidth, 0, UNLIMITED);
    check("seconds of patience", patience.toSeconds(), 0, LONGEST.toSeconds());
  }

  /** One capture and one thread on each processor, no limit of bandwidth. */
  public static BudgetLimits ofThisHost() {
    return of(0, 0, 0, Duration.ofMinutes(1));
  }

  /** As configured: 0 captures or threads stand for one on each processor. */
  public static BudgetLimits of(
      int captures, int hashingThreads, long bandwidth, Duration patience) {
    int processors = Runtime.getRuntime().availableProcessors();
    return new BudgetLimits(
        captures == 0 ? processors : captures,
        hashingThreads == 0 ? processors : hashingThreads,
        bandwidth,
        patience);
  }

  /** What one of so many captures is granted, bytes a second. */
  long share(int among) {
    return bandwidth == 0 ? UNLIMITED : Math.max(1, bandwidth / Math.max(1, among));
  }

  private static void check(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s: %d is not between %d and %d".formatted(what, value, least, most));
    }
  }
}
