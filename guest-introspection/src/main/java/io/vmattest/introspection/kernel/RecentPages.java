// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Where kernels were found last, the newest first: a guest's is found there again, without a search
 * through all of its memory.
 */
final class RecentPages {
  private static final int MOST = 64;
  private static final long PAGE = 4096;

  private final Deque<Long> pages = new ArrayDeque<>();

  synchronized List<Long> pages() {
    return List.copyOf(pages);
  }

  synchronized void add(long address) {
    long page = address & -PAGE;
    pages.remove(page);
    pages.addFirst(page);
    if (pages.size() > MOST) {
      pages.removeLast();
    }
  }
}
