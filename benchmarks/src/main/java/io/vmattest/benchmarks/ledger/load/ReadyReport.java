// SPDX-License-Identifier: Apache-2.0
package io.vmattest.benchmarks.ledger.load;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.UUID;

/**
 * A report of the file that MakeReports wrote.
 *
 * @param digest hex
 */
record ReadyReport(UUID vm, String digest, byte[] report, String config) {
  private static final int LARGEST = 1 << 20;

  static ReadyReport read(DataInputStream in) throws IOException {
    UUID vm = new UUID(in.readLong(), in.readLong());
    String digest = HexFormat.of().formatHex(in.readNBytes(32));
    return new ReadyReport(vm, digest, bytes(in), new String(bytes(in), StandardCharsets.UTF_8));
  }

  private static byte[] bytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > LARGEST) {
      throw new IOException("a length of " + length);
    }
    return in.readNBytes(length);
  }
}
