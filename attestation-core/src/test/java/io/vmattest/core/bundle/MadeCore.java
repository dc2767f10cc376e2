// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.merkle.MerkleTree;
import io.vmattest.core.report.AttestationReport.RamBlock;
import io.vmattest.core.report.Digest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A core of two ranges of memory, and the RAM block that it is of. */
public final class MadeCore {
  static final int HEADERS = 64 + 3 * 56;
  static final int MEMORY = 4096;
  private static final int PAGES = 5;

  private MadeCore() {}

  /** What a report says of the memory. */
  static RamBlock block() {
    List<Digest> leaves = new ArrayList<>();
    for (int page = 0; page < PAGES; page++) {
      leaves.add(MerkleTree.leafHash(page(page)));
    }
    return new RamBlock("pc.ram", PAGES * 4096L, MerkleTree.root(leaves));
  }

  private static byte[] page(int number) {
    byte[] page = new byte[4096];
    Arrays.fill(page, (byte) (number % 3));
    return page;
  }

  /** The file, with a note before the memory. */
  public static byte[] bytes() {
    ByteBuffer file = ByteBuffer.allocate(MEMORY + PAGES * 4096).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    file.putShort((short) 4).putShort((short) 62).putInt(1).putLong(0).putLong(64).putLong(0);
    file.putInt(0).putShort((short) 64).putShort((short) 56).putShort((short) 3);
    file.position(64);
    header(file, 4, HEADERS, 0, 12);
    header(file, 1, MEMORY, 0, 2 * 4096);
    header(file, 1, MEMORY + 2 * 4096, 1L << 32, 3 * 4096);
    file.position(MEMORY);
    for (int page = 0; page < PAGES; page++) {
      file.put(page(page));
    }
    return file.array();
  }

  private static void header(ByteBuffer file, int type, long offset, long address, long size) {
    file.putInt(type).putInt(7).putLong(offset).putLong(address).putLong(address);
    file.putLong(size).putLong(size).putLong(4096);
  }
}
