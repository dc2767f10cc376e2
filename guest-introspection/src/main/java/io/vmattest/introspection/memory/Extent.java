// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

/** A piece of guest physical memory and where in a file it lies. */
record Extent(PhysicalRange range, long fileOffset) {
  Extent {
    if (fileOffset < 0 || fileOffset + range.length() < 0) {
      throw new IllegalArgumentException("no offset of a file: " + fileOffset);
    }
  }

  static Extent of(long physical, long length, long fileOffset) {
    return new Extent(new PhysicalRange(physical, length), fileOffset);
  }
}
