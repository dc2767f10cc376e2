// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.introspection.testing.ArrayMemory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CachedMemoryTest {
  /** Ends within a page. */
  private static final int SIZE = (5 << 20) + 100;

  private final ArrayMemory memory = memory();

  @Test
  void readsWhatTheMemoryHolds() {
    CachedMemory cached = new CachedMemory(memory);
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      long address = random.nextInt(SIZE + 50);
      int length = 1 + random.nextInt(i % 10 == 0 ? 9000 : 20);
      assertArrayEquals(read(memory, address, length), read(cached, address, length));
    }
    assertEquals(0, read(cached, -8, 8).length);
    assertEquals(0, read(cached, 1L << 50, 8).length);
  }

  @Test
  void readsAPageOnce() {
    int[] reads = new int[1];
    GuestMemory counted =
        new GuestMemory() {
          @Override
          public int read(long address, ByteBuffer target) {
            reads[0]++;
            return memory.read(address, target);
          }

          @Override
          public List<PhysicalRange> ranges() {
            return memory.ranges();
          }
        };
    CachedMemory cached = new CachedMemory(counted);
    for (int at = 0; at < 4096; at += 8) {
      assertEquals(8, read(cached, 8192 + at, 8).length);
    }
    assertEquals(1, reads[0]);
    assertEquals(memory.ranges(), cached.ranges());
  }

  private static byte[] read(GuestMemory memory, long address, int length) {
    ByteBuffer target = ByteBuffer.allocate(length + 3).position(3);
    int got = memory.read(address, target);
    assertEquals(3 + got, target.position());
    return Arrays.copyOfRange(target.array(), 3, 3 + got);
  }

  private static ArrayMemory memory() {
    byte[] bytes = new byte[SIZE];
    new Random(0).nextBytes(bytes);
    ArrayMemory memory = new ArrayMemory(SIZE);
    memory.put(0, bytes);
    return memory;
  }
}
