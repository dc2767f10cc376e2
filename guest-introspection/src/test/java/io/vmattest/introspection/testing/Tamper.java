// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Bytes written into a stopped guest's RAM file; put back when closed. */
public final class Tamper implements AutoCloseable {
  private final Path ram;
  private final long at;
  private final byte[] before;

  /**
   * @param at guest physical address, below the hole for devices; on one page
   */
  public Tamper(Path ram, long at, byte[] bytes) throws IOException {
    this.ram = ram;
    this.at = at;
    this.before = read(ram, at, bytes.length);
    write(bytes);
  }

  public static byte[] read(Path ram, long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    try (FileChannel file = FileChannel.open(ram)) {
      while (bytes.hasRemaining() && file.read(bytes, at + bytes.position()) > 0) {}
    }
    return bytes.array();
  }

  @Override
  public void close() throws IOException {
    write(before);
  }

  private void write(byte[] bytes) throws IOException {
    try (FileChannel file = FileChannel.open(ram, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(bytes), at);
    }
  }
}
