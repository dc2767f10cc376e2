// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import java.nio.ByteBuffer;
import java.util.UUID;

/** UUIDs as the module has them: 16 bytes in network order (RFC 9562 section 4). */
final class NativeUuid {
  private NativeUuid() {}

  static byte[] bytes(UUID uuid) {
    return ByteBuffer.allocate(2 * Long.BYTES)
        .putLong(uuid.getMostSignificantBits())
        .putLong(uuid.getLeastSignificantBits())
        .array();
  }
}
