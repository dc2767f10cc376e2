// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import com.sun.jna.Memory;
import java.nio.charset.StandardCharsets;

/** UTF-8 strings in native memory. */
final class NativeText {
  private NativeText() {}

  /**
   * A NUL-terminated copy.
   *
   * @throws IllegalArgumentException if the text has a NUL of its own
   */
  static Memory copy(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a text for the measurement module must not contain NUL");
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Memory memory = new Memory(bytes.length + 1L);
    memory.write(0, bytes, 0, bytes.length);
    memory.setByte(bytes.length, (byte) 0);
    return memory;
  }

  /** The text in a {@code char[]} field. */
  static String fromField(byte[] field) {
    int length = 0;
    while (length < field.length && field[length] != 0) {
      length++;
    }
    return new String(field, 0, length, StandardCharsets.UTF_8);
  }
}
