// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import static io.vmattest.introspection.image.patch.Instructions.u8;

/**
 * A constant that is known only after boot (sections runtime_ptr_* and runtime_shift_*, from 6.11
 * on). All sites of a constant hold the same; that they do is for who sees them all.
 *
 * @param constant the section's name
 * @param length 8 for a pointer, 1 for a number of bits
 */
public record RuntimeConstantSite(String constant, long address, int length) implements PatchSite {
  @Override
  public boolean allows(byte[] live, LoadedKernel kernel) {
    return length != 1 || u8(live, 0) < Long.SIZE;
  }
}
