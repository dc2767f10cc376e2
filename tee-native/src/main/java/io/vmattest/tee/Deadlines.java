// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import java.time.Duration;

/** Deadlines as the module takes them. */
final class Deadlines {
  private Deadlines() {}

  /**
   * Milliseconds for an unsigned 32-bit field.
   *
   * @throws IllegalArgumentException if it is under a millisecond or over 49 days
   */
  static int millis(Duration deadline) {
    long millis = deadline.toMillis();
    if (millis < 1 || millis > 0xffff_ffffL) {
      throw new IllegalArgumentException(
          "a deadline must be from 1 ms to 49 days, not " + deadline);
    }
    return (int) millis;
  }
}
