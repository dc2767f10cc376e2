// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import static io.vmattest.introspection.image.patch.Instructions.u8;

import java.util.OptionalLong;

/**
 * A branch that is switched by a key (__jump_table): a nop, or a jump to its target. Which of the
 * two the key asks for is not known from the image.
 *
 * @param length 2 or 5
 * @param key the link-time address of its struct static_key
 * @param inverted whether it jumps while the key is off (the key is "likely")
 */
public record JumpLabelSite(long address, int length, long target, long key, boolean inverted)
    implements PatchSite {
  /** Whether the site, which holds one of its two values, holds the jump. */
  public static boolean jumps(byte[] live) {
    return !Nops.only(live);
  }

  @Override
  public boolean allows(byte[] live, LoadedKernel kernel) {
    if (Nops.only(live)) {
      return true;
    }
    if (length == 2) {
      return u8(live, 0) == Instructions.JMP_SHORT && address + 2 + live[1] == target;
    }
    OptionalLong jump = Instructions.target(live, 0, Instructions.JMP, address);
    return jump.isPresent() && jump.getAsLong() == target;
  }
}
