// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.testing;

import io.vmattest.introspection.memory.AddressSpace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;

/** Writes into the RAM of a guest that is stopped, and takes all back when it is closed. */
public final class RamPatch implements AutoCloseable {
  private final AddressSpace space;
  private final FileChannel ram;
  private final Deque<long[]> undo = new ArrayDeque<>();

  /**
   * @param ram whose offsets are physical addresses
   */
  public RamPatch(AddressSpace space, Path ram) throws IOException {
    this.space = space;
    this.ram = FileChannel.open(ram, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Writes 8 bytes, which lie in one page. */
  public RamPatch put64(long virtual, long value) throws IOException {
    long physical = space.translate(virtual).orElseThrow();
    ByteBuffer old = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    ram.read(old, physical);
    undo.push(new long[] {physical, old.getLong(0)});
    write(physical, value);
    return this;
  }

  @Override
  public void close() throws IOException {
    try (ram) {
      for (long[] word : undo) {
        write(word[0], word[1]);
      }
    }
  }

  private void write(long physical, long value) throws IOException {
    ByteBuffer word = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value);
    ram.write(word, physical);
  }
}
