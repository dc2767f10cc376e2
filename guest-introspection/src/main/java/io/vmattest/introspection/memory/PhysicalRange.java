// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

/**
 * A piece of guest physical memory.
 *
 * @param start guest physical address
 * @param length in bytes, above 0
 */
public record PhysicalRange(long start, long length) {
  public PhysicalRange {
    if (start < 0 || length <= 0 || start + length < 0) {
      throw new IllegalArgumentException(
          "no range of physical memory: 0x%x, 0x%x bytes".formatted(start, length));
    }
  }

  /** The first address behind it. */
  public long end() {
    return start + length;
  }
}
