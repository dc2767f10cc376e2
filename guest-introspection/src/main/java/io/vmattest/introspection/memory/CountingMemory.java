// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counts the distinct pages that were read of a memory. Not for several threads at once. */
public final class CountingMemory implements GuestMemory {
  private static final int PAGE_SHIFT = 12;

  /** Pages of one bit set: 4 GiB, so that memory far up costs no more than memory far down. */
  private static final int CHUNK_SHIFT = 20;

  private final GuestMemory memory;
  private final Map<Long, BitSet> seen = new HashMap<>();

  public CountingMemory(GuestMemory memory) {
    this.memory = memory;
  }

  @Override
  public int read(long guestPhysicalAddress, ByteBuffer target) {
    int copied = memory.read(guestPhysicalAddress, target);
    if (copied > 0) {
      note(guestPhysicalAddress, guestPhysicalAddress + copied - 1);
    }
    return copied;
  }

  @Override
  public List<PhysicalRange> ranges() {
    return memory.ranges();
  }

  /** How many distinct 4 KiB pages were read, wholly or in part, since the last reset. */
  public long pages() {
    return seen.values().stream().mapToLong(BitSet::cardinality).sum();
  }

  public void reset() {
    seen.clear();
  }

  private void note(long first, long last) {
    for (long page = first >>> PAGE_SHIFT; page <= last >>> PAGE_SHIFT; page++) {
      seen.computeIfAbsent(page >>> CHUNK_SHIFT, chunk -> new BitSet())
          .set((int) (page & ((1 << CHUNK_SHIFT) - 1)));
    }
  }
}
