// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.hsm;

import java.util.Arrays;

/**
 * A data key that only the token opens: AES-256-GCM (NIST SP 800-38D).
 *
 * @param keyLabel the token's key that it was wrapped with, {@code vmattest-data-N}
 * @param bytes the nonce, 12 bytes; the encrypted key; the tag, 16 bytes
 */
public record WrappedKey(String keyLabel, byte[] bytes) {
  static final int NONCE_BYTES = 12;
  static final int TAG_BYTES = 16;

  public WrappedKey {
    if (bytes.length <= NONCE_BYTES + TAG_BYTES) {
      throw new IllegalArgumentException("a wrapped key has more than " + bytes.length + " bytes");
    }
    bytes = bytes.clone();
  }

  @Override
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof WrappedKey that
        && keyLabel.equals(that.keyLabel)
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return 31 * keyLabel.hashCode() + Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "WrappedKey[" + keyLabel + ", " + bytes.length + " bytes]";
  }
}
