// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import static io.vmattest.introspection.image.patch.Instructions.u8;

import io.vmattest.introspection.image.MalformedImageException;

/** A lock prefix (.smp_locks), which one CPU alone does not need. */
public record LockPrefixSite(long address) implements PatchSite {
  @Override
  public int length() {
    return 1;
  }

  /** Where the image has neither prefix, as where an alternative moved it, nothing is written. */
  @Override
  public boolean allows(byte[] live, LoadedKernel kernel) throws MalformedImageException {
    byte[] original = kernel.original(address, length());
    return live[0] == original[0] || (isPrefix(live) && isPrefix(original));
  }

  private static boolean isPrefix(byte[] code) {
    return u8(code, 0) == Instructions.LOCK_PREFIX || u8(code, 0) == Instructions.DS_PREFIX;
  }
}
