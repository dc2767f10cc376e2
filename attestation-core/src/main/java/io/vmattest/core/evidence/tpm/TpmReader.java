// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence.tpm;

import java.nio.ByteBuffer;

/** Reads marshalled TPM structures (part 2, 4.12: big-endian, no padding) within their bounds. */
final class TpmReader {
  private final ByteBuffer bytes;
  private final String what;

  /**
   * @param what names the structure in the messages of exceptions
   */
  TpmReader(byte[] bytes, String what) {
    this.bytes = ByteBuffer.wrap(bytes);
    this.what = what;
  }

  int u8() throws MalformedTpmStructureException {
    need(1);
    return Byte.toUnsignedInt(bytes.get());
  }

  int u16() throws MalformedTpmStructureException {
    need(2);
    return Short.toUnsignedInt(bytes.getShort());
  }

  int u32() throws MalformedTpmStructureException {
    need(4);
    return bytes.getInt();
  }

  long u64() throws MalformedTpmStructureException {
    need(8);
    return bytes.getLong();
  }

  /** The content of a TPM2B: u16 size, then that many bytes. */
  byte[] sized(int max) throws MalformedTpmStructureException {
    int size = u16();
    if (size > max) {
      throw malformed("has a field of " + size + " bytes where at most " + max + " are allowed");
    }
    need(size);
    byte[] content = new byte[size];
    bytes.get(content);
    return content;
  }

  /** All that is left. */
  byte[] rest() {
    byte[] content = new byte[bytes.remaining()];
    bytes.get(content);
    return content;
  }

  void end() throws MalformedTpmStructureException {
    if (bytes.hasRemaining()) {
      throw malformed("has " + bytes.remaining() + " bytes too many");
    }
  }

  MalformedTpmStructureException malformed(String why) {
    return new MalformedTpmStructureException(what + " " + why);
  }

  private void need(int size) throws MalformedTpmStructureException {
    if (bytes.remaining() < size) {
      throw malformed("ends too early, at byte " + bytes.limit());
    }
  }
}
