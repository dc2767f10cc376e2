// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

import io.vmattest.core.merkle.InclusionProof;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;

/**
 * Shows that a page of guest memory is part of what a report attests.
 *
 * @param block name of the RAM block
 * @param leaf the page's hash, SHA-256 of a byte 0 and its 4096 bytes
 * @param inclusion of the leaf, whose index is the number of the page in its block
 */
public record PageProof(String block, Digest leaf, InclusionProof inclusion) {
  private static final long PAGE = 4096;

  /** Whether it leads to the root that the report has of the block (RFC 9162, 2.1.3.2). */
  public boolean verify(AttestationReport report) {
    return report.ramBlocks().stream()
        .filter(it -> it.name().equals(block) && it.length() == inclusion.size() * PAGE)
        .anyMatch(it -> inclusion.verify(leaf, it.root()));
  }
}
