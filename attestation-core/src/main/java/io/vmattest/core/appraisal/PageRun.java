// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

/**
 * A run of differing pages in a RAM block.
 *
 * @param offset bytes into the block
 * @param pages how many 4 KiB pages
 */
public record PageRun(String block, long offset, long pages) {}
