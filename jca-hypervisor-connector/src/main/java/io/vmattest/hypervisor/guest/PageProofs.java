// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.guest;

import io.vmattest.core.guest.PageProof;
import io.vmattest.core.merkle.InclusionProof;
import io.vmattest.core.report.AttestationReport.RamBlock;
import io.vmattest.core.report.Digest;
import io.vmattest.introspection.memory.PcLayout;
import io.vmattest.tee.Capture;
import io.vmattest.tee.Sha256Digest;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Proves that pages which are named belong to the capture that they were seen in. */
final class PageProofs {
  /** More pages than these are one flood, which the first of them prove as well. */
  private static final int MAX_PAGES = 256;

  private static final int PAGE = 4096;

  private final Capture capture;
  private final RamBlock block;
  private final PcLayout layout;
  private final Map<Long, PageProof> known = new HashMap<>();

  PageProofs(Capture capture, RamBlock block, PcLayout layout) {
    this.capture = capture;
    this.block = block;
    this.layout = layout;
  }

  /**
   * That of the page at a guest physical address; empty for what is no RAM and beyond the limit.
   *
   * @throws UncheckedIOException if the module fails
   */
  Optional<PageProof> of(long address) {
    OptionalLong offset = layout.offset(block.length(), address);
    if (offset.isEmpty()) {
      return Optional.empty();
    }
    long page = offset.getAsLong() / PAGE;
    if (!known.containsKey(page) && known.size() < MAX_PAGES) {
      known.put(page, prove(page));
    }
    return Optional.ofNullable(known.get(page));
  }

  private PageProof prove(long page) {
    try {
      List<Digest> hashes =
          capture.proof(block.name(), page).stream()
              .map(Sha256Digest::bytes)
              .map(Digest::of)
              .toList();
      List<Digest> path = hashes.subList(1, hashes.size());
      return new PageProof(
          block.name(), hashes.get(0), new InclusionProof(page, block.length() / PAGE, path));
    } catch (TeeException e) {
      throw new UncheckedIOException(new IOException("a page cannot be proven", e));
    }
  }
}
