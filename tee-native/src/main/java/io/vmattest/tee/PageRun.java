// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/**
 * Pages of 4096 bytes that lie side by side.
 *
 * @param block name of the RAM block
 * @param offset bytes into the block
 * @param pages number of pages
 */
public record PageRun(String block, long offset, long pages) {
  static PageRun of(VmteeLibrary.NativePageRun run) {
    return new PageRun(NativeText.fromField(run.block), run.offset, run.pages);
  }
}
