// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cbor;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes deterministic CBOR (RFC 8949, 4.2.1), as long as the caller writes as many items as it
 * said and the keys of maps in their order. Not thread-safe.
 */
public final class CborWriter {
  private static final int NULL = 22;

  private byte[] bytes;
  private int size;

  /**
   * @param expected bytes; it may become more
   */
  public CborWriter(int expected) {
    bytes = new byte[expected];
  }

  public CborWriter array(int items) {
    return head(CborNode.ARRAY, items);
  }

  public CborWriter map(int entries) {
    return head(CborNode.MAP, entries);
  }

  public CborWriter tag(int tag) {
    return head(CborNode.TAG, tag);
  }

  public CborWriter integer(long value) {
    return value < 0 ? head(CborNode.NEGATIVE, -1 - value) : head(CborNode.UNSIGNED, value);
  }

  public CborWriter bytes(byte[] value) {
    return head(CborNode.BYTES, value.length).encoded(value);
  }

  public CborWriter text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    return head(CborNode.TEXT, utf8.length).encoded(utf8);
  }

  public CborWriter nil() {
    return head(CborNode.SIMPLE, NULL);
  }

  /** What is encoded already. */
  public CborWriter encoded(byte[] value) {
    reserve(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
    return this;
  }

  /** What was written. */
  public byte[] encoded() {
    return Arrays.copyOf(bytes, size);
  }

  private CborWriter head(int major, long argument) {
    reserve(1 + Long.BYTES);
    int first = major << 5;
    if (argument < 24) {
      bytes[size++] = (byte) (first | argument);
      return this;
    }
    int power = argument < 1L << 8 ? 0 : argument < 1L << 16 ? 1 : argument < 1L << 32 ? 2 : 3;
    bytes[size++] = (byte) (first | 24 + power);
    for (int shift = (8 << power) - 8; shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (argument >>> shift);
    }
    return this;
  }

  private void reserve(int more) {
    if (more > bytes.length - size) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(size, more)));
    }
  }
}
