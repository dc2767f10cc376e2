// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.testing;

import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.PhysicalRange;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/** A guest's memory, in which some words of 8 bytes are others. */
public final class DamagedMemory implements GuestMemory {
  private final GuestMemory memory;
  private final Map<Long, Long> words;

  /**
   * Leaves the memory itself as it is.
   *
   * @param words by their physical addresses, which are multiples of 8
   */
  public DamagedMemory(GuestMemory memory, Map<Long, Long> words) {
    this.memory = memory;
    this.words = Map.copyOf(words);
  }

  @Override
  public int read(long address, ByteBuffer target) {
    int start = target.position();
    int copied = memory.read(address, target);
    ByteBuffer word = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    words.forEach(
        (at, value) -> {
          word.putLong(0, value);
          for (int i = 0; i < 8; i++) {
            long offset = at + i - address;
            if (offset >= 0 && offset < copied) {
              target.put(start + (int) offset, word.get(i));
            }
          }
        });
    return copied;
  }

  @Override
  public List<PhysicalRange> ranges() {
    return memory.ranges();
  }
}
