// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.cbor;

/**
 * A data item (RFC 8949, 3) where it lies in the bytes that it was read from.
 *
 * @param source all the bytes
 * @param start of its head
 * @param content where its head ends
 * @param end where it ends
 * @param major type, 0 to 7
 * @param argument of the head, unsigned
 * @param items of an array; keys and values in turn of a map; one of a tag; otherwise none
 */
record CborNode(
    byte[] source, int start, int content, int end, int major, long argument, CborNode[] items) {
  static final int UNSIGNED = 0;
  static final int NEGATIVE = 1;
  static final int BYTES = 2;
  static final int TEXT = 3;
  static final int ARRAY = 4;
  static final int MAP = 5;
  static final int TAG = 6;
  static final int SIMPLE = 7;

  static final CborNode[] NONE = {};

  boolean isInteger() {
    return major == UNSIGNED || major == NEGATIVE;
  }

  /** Whether the integer fits into 64 bits with a sign. */
  boolean fits() {
    return argument >= 0;
  }

  /** The integer, where it fits. */
  long integer() {
    return major == UNSIGNED ? argument : -1 - argument;
  }
}
