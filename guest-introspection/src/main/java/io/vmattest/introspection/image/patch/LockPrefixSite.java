// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import static io.vmattest.introspection.image.patch.Instructions.u8;

/** A lock prefix (.smp_locks), which one CPU alone does not need. */
public record LockPrefixSite(long address) implements PatchSite {
  @Override
  public int length() {
    return 1;
  }

  @Override
  public boolean allows(byte[] live, LoadedKernel kernel) {
    return u8(live, 0) == Instructions.LOCK_PREFIX || u8(live, 0) == Instructions.DS_PREFIX;
  }
}
