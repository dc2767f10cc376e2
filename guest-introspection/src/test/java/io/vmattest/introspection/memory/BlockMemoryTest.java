// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockMemoryTest {
  private static final int SIZE = 5 * ReadAhead.CHUNK + 1234;
  private static final int MOST = 3 * ReadAhead.CHUNK;

  private final byte[] ram = new byte[SIZE];
  private int calls;

  /** Gives no more than a few bytes at a time, as a source may. */
  private int source(ByteBuffer target, long offset) {
    calls++;
    int count = (int) Math.min(Math.min(target.remaining(), 10_000), SIZE - offset);
    if (count <= 0) {
      return 0;
    }
    target.put(ram, (int) offset, count);
    return count;
  }

  private BlockMemory memory() {
    new Random(5).nextBytes(ram);
    return BlockMemory.ofPc(this::source, SIZE, PcLayout.Q35);
  }

  @Test
  void readsWhateverIsAskedForAsItIs() {
    BlockMemory memory = memory();
    Random random = new Random(7);
    for (int i = 0; i < 2000; i++) {
      int start = random.nextInt(SIZE + 10);
      ByteBuffer target = ByteBuffer.allocate(random.nextInt(MOST));
      int expected = Math.max(0, Math.min(target.remaining(), SIZE - start));
      assertEquals(expected, memory.read(start, target));
      assertArrayEquals(
          Arrays.copyOfRange(ram, Math.min(start, SIZE), Math.min(start, SIZE) + expected),
          Arrays.copyOf(target.array(), expected));
    }
  }

  @Test
  void keepsWhatItRead() {
    BlockMemory memory = memory();
    memory.read(100, ByteBuffer.allocate(8));
    int first = calls;
    memory.read(108, ByteBuffer.allocate(8));
    assertEquals(first, calls);
  }

  @Test
  void whatTheSourceCannotReadIsTheHostsFault() {
    BlockMemory memory =
        BlockMemory.ofPc(
            (target, offset) -> {
              throw new IOException("gone");
            },
            SIZE,
            PcLayout.Q35);
    assertThrows(UncheckedIOException.class, () -> memory.read(0, ByteBuffer.allocate(8)));
  }
}
