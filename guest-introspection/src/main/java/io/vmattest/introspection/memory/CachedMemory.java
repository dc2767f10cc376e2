// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the pages read last of a memory that does not change meanwhile: many small reads of the
 * same structures then cost one of the file. Reads of a page and more are not kept. Not for several
 * threads at once.
 */
public final class CachedMemory implements GuestMemory {
  private static final int PAGE_SHIFT = 12;
  private static final int PAGE_SIZE = 1 << PAGE_SHIFT;

  /** Four MiB of pages, each with one place where it can be. */
  private static final int PLACES = 1024;

  /** Memory outside of the heap is dear to get: it is got for so many pages at once. */
  private static final int PAGES_AT_ONCE = 64;

  private final GuestMemory memory;
  private final @Nullable ByteBuffer[] pages = new ByteBuffer[PLACES];

  /** The number of the page plus one, so that an empty place is no page's. */
  private final long[] tags = new long[PLACES];

  private ByteBuffer free = ByteBuffer.allocateDirect(0);

  public CachedMemory(GuestMemory memory) {
    this.memory = memory;
  }

  @Override
  public int read(long address, ByteBuffer target) {
    if (target.remaining() >= PAGE_SIZE || address < 0) {
      return memory.read(address, target);
    }
    int copied = 0;
    while (target.hasRemaining()) {
      ByteBuffer page = page((address + copied) >>> PAGE_SHIFT);
      int offset = (int) ((address + copied) & (PAGE_SIZE - 1));
      int wanted = Math.min(target.remaining(), PAGE_SIZE - offset);
      int got = Math.min(wanted, page.limit() - offset);
      if (got > 0) {
        target.put(target.position(), page, offset, got);
        target.position(target.position() + got);
        copied += got;
      }
      if (got < wanted) {
        break;
      }
    }
    return copied;
  }

  @Override
  public List<PhysicalRange> ranges() {
    return memory.ranges();
  }

  /** As much of it as there is memory from its beginning on. */
  private ByteBuffer page(long number) {
    int place = (int) (number & (PLACES - 1));
    ByteBuffer page = pages[place];
    if (page == null) {
      page = freePage();
      pages[place] = page;
    }
    if (tags[place] != number + 1) {
      tags[place] = 0;
      page.clear();
      memory.read(number << PAGE_SHIFT, page);
      page.flip();
      tags[place] = number + 1;
    }
    return page;
  }

  private ByteBuffer freePage() {
    if (!free.hasRemaining()) {
      free = ByteBuffer.allocateDirect(PAGES_AT_ONCE * PAGE_SIZE);
    }
    ByteBuffer page = free.slice(free.position(), PAGE_SIZE);
    free.position(free.position() + PAGE_SIZE);
    return page;
  }
}
