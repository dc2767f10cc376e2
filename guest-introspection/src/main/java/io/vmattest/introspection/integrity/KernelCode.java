// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.image.text.LiveCode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * What a kernel has loaded. A page that is not there is a finding, once, and zero: no kernel runs
 * without.
 */
final class KernelCode implements LiveCode {
  private static final int PAGE_SIZE = 4096;

  private final LiveKernel live;

  /** Live addresses of pages. */
  private final Set<Long> missing = new HashSet<>();

  KernelCode(LiveKernel live) {
    this.live = live;
  }

  @Override
  public void read(long address, byte[] target, int length) {
    ByteBuffer bytes = ByteBuffer.wrap(target, 0, length);
    long start = address + live.offset();
    while (bytes.hasRemaining()) {
      live.kernel().addressSpace().read(start + bytes.position(), bytes);
      if (bytes.hasRemaining()) {
        int from = bytes.position();
        bytes.position(from + rest(start + from, bytes.remaining()));
        Arrays.fill(target, from, bytes.position(), (byte) 0);
      }
    }
  }

  /** How many bytes are not there. */
  private int rest(long at, int wanted) {
    long page = at & -PAGE_SIZE;
    if (missing.add(page)) {
      live.critical(Kind.STRUCTURE_MALFORMED, page, "the kernel's memory", "none at this page");
    }
    return (int) Math.min(wanted, page + PAGE_SIZE - at);
  }
}
