// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.mutation;

import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.PhysicalRange;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A guest's memory with some of its pages written over; the memory itself stays as it is. */
final class OverlayMemory implements GuestMemory {
  static final int PAGE = 4096;

  private final GuestMemory memory;
  private final TreeMap<Long, byte[]> pages = new TreeMap<>();

  OverlayMemory(GuestMemory memory) {
    this.memory = memory;
  }

  /**
   * Writes over one word.
   *
   * @param address physical, a multiple of 8
   */
  void put64(long address, long value) {
    ByteBuffer.wrap(page(address))
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong((int) (address & (PAGE - 1)), value);
  }

  long get64(long address) {
    ByteBuffer word = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    read(address, word);
    return word.getLong(0);
  }

  /** The page that holds an address, to be written to. */
  byte[] page(long address) {
    return pages.computeIfAbsent(
        address & -PAGE,
        start -> {
          ByteBuffer page = ByteBuffer.allocate(PAGE);
          memory.read(start, page);
          return page.array();
        });
  }

  @Override
  public int read(long address, ByteBuffer target) {
    int start = target.position();
    int copied = memory.read(address, target);
    if (copied > 0) {
      for (Map.Entry<Long, byte[]> page :
          pages.subMap(address & -PAGE, true, address + copied - 1, true).entrySet()) {
        long from = Math.max(address, page.getKey());
        long to = Math.min(address + copied, page.getKey() + PAGE);
        target.put(
            start + (int) (from - address),
            page.getValue(),
            (int) (from - page.getKey()),
            (int) (to - from));
      }
    }
    return copied;
  }

  @Override
  public List<PhysicalRange> ranges() {
    return memory.ranges();
  }
}
