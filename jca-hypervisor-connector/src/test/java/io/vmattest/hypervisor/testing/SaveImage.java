// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.testing;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads the pages of the first RAM block out of a save image, as the measurement module writes it.
 */
public final class SaveImage implements AutoCloseable {
  private static final int HEADER = 92;
  private static final int DATA_LENGTH_AT = 20;
  private static final int PAGE = 4096;
  private static final long ZERO = 0x02;
  private static final long CONTINUE = 0x20;

  private final DataInputStream in;

  public SaveImage(Path file) throws IOException {
    in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)));
    ByteBuffer header = ByteBuffer.wrap(in.readNBytes(HEADER)).order(ByteOrder.LITTLE_ENDIAN);
    in.skipNBytes(header.getInt(DATA_LENGTH_AT));
    in.skipNBytes(8 + 1); // magic, version, configuration
    in.skipNBytes(in.readInt());
    in.skipNBytes(1 + 4 + 4 + 4 + 4); // START, section, "ram", instance, version
    skipBlocks();
    in.skipNBytes(8 + 1 + 4 + 1 + 4); // end, footer, PART
  }

  private void skipBlocks() throws IOException {
    long left = in.readLong() & -PAGE;
    while (left > 0) {
      in.skipNBytes(in.readUnsignedByte());
      left -= in.readLong();
    }
  }

  /** The next page. */
  public byte[] next() throws IOException {
    long record = in.readLong();
    if ((record & CONTINUE) == 0) {
      in.skipNBytes(in.readUnsignedByte());
    }
    if ((record & ZERO) != 0) {
      in.skipNBytes(1);
      return new byte[PAGE];
    }
    return in.readNBytes(PAGE);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
