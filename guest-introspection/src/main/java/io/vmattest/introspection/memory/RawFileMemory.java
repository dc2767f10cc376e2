// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.LongFunction;

/**
 * A file that holds a guest's RAM byte by byte: what QEMU's memory-backend-file writes, or a copy.
 */
public final class RawFileMemory implements GuestMemory, AutoCloseable {
  private final FileChannel channel;
  private final ExtentMemory memory;

  private RawFileMemory(FileChannel channel, List<Extent> extents) {
    this.channel = channel;
    this.memory = new ExtentMemory(channel::read, extents);
  }

  /**
   * The offset in the file is the physical address.
   *
   * @throws IOException if the file cannot be opened or is empty
   */
  public static RawFileMemory flat(Path path) throws IOException {
    return open(path, size -> List.of(Extent.of(0, size, 0)));
  }

  /**
   * The main RAM of a PC, which from a certain size on is split around the hole below 4 GiB.
   *
   * @throws IOException if the file cannot be opened or is empty
   */
  public static RawFileMemory ofPc(Path path, PcLayout layout) throws IOException {
    return open(path, layout::extents);
  }

  @Override
  public int read(long guestPhysicalAddress, ByteBuffer target) {
    return memory.read(guestPhysicalAddress, target);
  }

  @Override
  public List<PhysicalRange> ranges() {
    return memory.ranges();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static RawFileMemory open(Path path, LongFunction<List<Extent>> extents)
      throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      long size = channel.size();
      if (size == 0) {
        throw new IOException(path + " is empty: no RAM");
      }
      return new RawFileMemory(channel, extents.apply(size));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }
}
