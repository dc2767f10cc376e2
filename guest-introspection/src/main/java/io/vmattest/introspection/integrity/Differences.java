// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.text.LinkedRun;
import java.util.ArrayList;
import java.util.List;

/** Where two runs of bytes differ, the first places of them. */
final class Differences {
  /** Bytes that stayed by chance between others that changed are part of the change. */
  private static final int NEAR = 8;

  private final ImageBytes expected;
  private final int limit;
  private final List<Run> runs = new ArrayList<>();
  private int start;
  private int end;
  private boolean full;

  /**
   * @param limit how many are noted at most
   */
  Differences(ImageBytes expected, int limit) {
    this.expected = expected;
    this.limit = limit;
  }

  /**
   * A run of bytes, of which the first and the last differ.
   *
   * @param start offset of the first
   * @param end offset behind the last
   */
  record Run(int start, int end) {}

  /** Looks at the next block. */
  void find(LinkedRun.Block block) throws MalformedImageException {
    int from = block.from();
    while (from < block.end() && !full) {
      int at = block.at() + from - block.from();
      int next = expected.mismatch(from, block.linked(), at, block.end() - from);
      if (next < 0) {
        return;
      }
      differs(from + next);
      from += next + 1;
    }
  }

  private void differs(int at) {
    if (end > 0 && at - end < NEAR) {
      end = at + 1;
      return;
    }
    close();
    full = runs.size() == limit;
    if (!full) {
      start = at;
      end = at + 1;
    }
  }

  private void close() {
    if (end > 0) {
      runs.add(new Run(start, end));
      end = 0;
    }
  }

  /** When all blocks were looked at. */
  List<Run> runs() {
    close();
    return List.copyOf(runs);
  }
}
