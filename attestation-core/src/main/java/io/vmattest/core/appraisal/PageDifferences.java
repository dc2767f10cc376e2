// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import java.util.List;

/**
 * Which pages differ between two captures.
 *
 * @param runs in block and address order; may be cut short
 * @param totalPages how many pages differ in all
 */
public record PageDifferences(List<PageRun> runs, long totalPages) {
  public static final PageDifferences NONE = new PageDifferences(List.of(), 0);

  public PageDifferences {
    runs = List.copyOf(runs);
  }
}
