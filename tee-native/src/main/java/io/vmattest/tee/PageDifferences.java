// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import java.util.List;

/**
 * Where two captures' memory differs.
 *
 * @param runs the first runs of differing pages, as many as were asked for
 * @param totalPages number of all differing pages, listed or not
 */
public record PageDifferences(List<PageRun> runs, long totalPages) {
  public PageDifferences {
    runs = List.copyOf(runs);
  }
}
