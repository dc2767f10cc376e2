// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

/**
 * A member of a struct or union.
 *
 * @param bitOffset from the beginning of the struct that was asked for
 * @param bitfieldBits how many bits a bit field has; 0 for what is none
 * @param typeId the number of its type
 */
public record BtfMember(String name, long bitOffset, int bitfieldBits, int typeId) {
  /** Where the byte with its first bit lies. */
  public long byteOffset() {
    return bitOffset >>> 3;
  }

  /** It, as a member of what it is nested in. */
  BtfMember within(BtfMember outer) {
    return new BtfMember(name, outer.bitOffset + bitOffset, bitfieldBits, typeId);
  }
}
