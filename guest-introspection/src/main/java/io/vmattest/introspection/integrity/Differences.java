// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Where two runs of bytes differ. */
final class Differences {
  /** Bytes that stayed by chance between others that changed are part of the change. */
  private static final int NEAR = 8;

  private Differences() {}

  /**
   * A run of bytes, of which the first and the last differ.
   *
   * @param start offset of the first
   * @param end offset behind the last
   */
  record Run(int start, int end) {}

  /** The first runs, at most so many. */
  static List<Run> find(byte[] expected, byte[] actual, int limit) {
    List<Run> runs = new ArrayList<>();
    int from = 0;
    while (runs.size() < limit) {
      int next = Arrays.mismatch(expected, from, expected.length, actual, from, actual.length);
      if (next < 0) {
        break;
      }
      int start = from + next;
      int end = end(expected, actual, start);
      runs.add(new Run(start, end));
      from = end;
    }
    return runs;
  }

  private static int end(byte[] expected, byte[] actual, int start) {
    int end = start + 1;
    for (int at = end; at < expected.length && at < end + NEAR; at++) {
      if (expected[at] != actual[at]) {
        end = at + 1;
      }
    }
    return end;
  }
}
