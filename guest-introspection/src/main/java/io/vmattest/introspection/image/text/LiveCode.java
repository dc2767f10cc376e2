// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

/** Live bytes of a kernel by the addresses of its linking, read when asked for. */
public interface LiveCode {
  /**
   * Copies bytes, the same each time; zeros for those that are not there.
   *
   * @param target gets them from its first element on
   * @param length at most the target's
   */
  void read(long address, byte[] target, int length);

  /** A copy of a few. */
  default byte[] bytes(long address, int length) {
    byte[] bytes = new byte[length];
    read(address, bytes, length);
    return bytes;
  }

  /**
   * Bytes that were read already.
   *
   * @param address where the first of them was linked
   */
  static LiveCode of(byte[] bytes, long address) {
    return (at, target, length) ->
        System.arraycopy(bytes, Math.toIntExact(at - address), target, 0, length);
  }
}
