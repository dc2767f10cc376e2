// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

/**
 * Bytes of the text, by their link-time address.
 *
 * @param start address of the first byte
 * @param length in bytes, at least 1
 */
public record AddressRange(long start, int length) {
  @Override
  public String toString() {
    return "0x%x+%d".formatted(start, length);
  }
}
