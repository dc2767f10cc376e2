// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;

/**
 * A call through pv_ops (.parainstructions, kernels before 6.7): it stays, becomes a direct call,
 * or nothing.
 */
public record ParavirtSite(long address, int length) implements PatchSite {
  @Override
  public boolean allows(byte[] live, LoadedKernel kernel) throws MalformedImageException {
    if (Nops.only(live) || CodeMatch.original(live, address, kernel)) {
      return true;
    }
    var target = Instructions.target(live, 0, Instructions.CALL, address);
    return target.isPresent()
        && kernel.isFunction(target.getAsLong())
        && Nops.fill(live, Instructions.BRANCH_SIZE, live.length);
  }
}
