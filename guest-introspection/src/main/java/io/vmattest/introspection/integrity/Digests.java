// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 over what is added, one thing after the other. */
final class Digests {
  private final MessageDigest digest;

  Digests() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  static String of(byte[] bytes) {
    return new Digests().add(bytes).hex();
  }

  Digests add(byte[] bytes) {
    digest.update(bytes);
    return this;
  }

  Digests add(byte[] bytes, int from, int length) {
    digest.update(bytes, from, length);
    return this;
  }

  /** With its length, so that no two lists of texts are the same. */
  Digests add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return add(bytes.length).add(bytes);
  }

  Digests add(long number) {
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      digest.update((byte) (number >>> shift));
    }
    return this;
  }

  /** Ends it. */
  String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
