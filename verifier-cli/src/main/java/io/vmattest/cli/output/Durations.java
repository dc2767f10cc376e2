// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.output;

/** Lengths of time for people. */
public final class Durations {
  private Durations() {}

  /** Like 45 s, 12 min, 3 h or 9 d. */
  public static String ofSeconds(long seconds) {
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 7200) {
      return seconds / 60 + " min";
    }
    return seconds < 172_800 ? seconds / 3600 + " h" : seconds / 86_400 + " d";
  }
}
