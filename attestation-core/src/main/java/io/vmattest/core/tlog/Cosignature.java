// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.tlog;

import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * A witness's statement that it saw the checkpoint, consistent with all before, at a time: struct
 * timestamped_signature { u64 timestamp; u8 signature[64]; }.
 *
 * @see <a href="https://c2sp.org/tlog-cosignature">Transparency log cosignatures</a>
 */
final class Cosignature {
  private static final int SIZE = Long.BYTES + Ed25519Notes.SIGNATURE_SIZE;

  private Cosignature() {}

  static boolean verify(byte[] key, byte[] text, byte[] signature) {
    return time(signature)
        .map(
            time ->
                Ed25519Notes.verify(
                    key,
                    message(time.getEpochSecond(), text),
                    Arrays.copyOfRange(signature, Long.BYTES, SIZE)))
        .orElse(false);
  }

  /** What is signed at a time, in seconds since 1970. */
  static byte[] message(long time, byte[] text) {
    byte[] header = StrictText.encode("cosignature/v1\ntime " + time + "\n");
    return ByteBuffer.allocate(header.length + text.length).put(header).put(text).array();
  }

  static Optional<Instant> time(byte[] signature) {
    if (signature.length != SIZE) {
      return Optional.empty();
    }
    // "It MUST NOT exceed 2^63 - 1"; what java.time can hold ends before that.
    long seconds = ByteBuffer.wrap(signature).getLong();
    try {
      return seconds < 0 ? Optional.empty() : Optional.of(Instant.ofEpochSecond(seconds));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
