// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The main RAM of a PC out of a captured block, with what was read of it kept for a while: kernel
 * structures are read in small pieces, and each call to what holds the capture has its price. Not
 * for several threads at once.
 */
public final class BlockMemory implements GuestMemory {
  private final ExtentMemory memory;

  private BlockMemory(ExtentMemory memory) {
    this.memory = memory;
  }

  /**
   * Memory of a PC.
   *
   * @param block reads the RAM block; its exceptions come out as UncheckedIOException
   * @param size bytes of the block, above 0
   * @param layout where the machine has it
   */
  public static BlockMemory ofPc(ByteSource block, long size, PcLayout layout) {
    return new BlockMemory(new ExtentMemory(new ReadAhead(block), layout.extents(size)));
  }

  @Override
  public int read(long guestPhysicalAddress, ByteBuffer target) {
    return memory.read(guestPhysicalAddress, target);
  }

  @Override
  public List<PhysicalRange> ranges() {
    return memory.ranges();
  }
}
