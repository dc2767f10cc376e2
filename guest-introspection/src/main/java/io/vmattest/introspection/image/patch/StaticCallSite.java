// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * A call that is directed by a key (.static_call_sites): a branch to a function of the kernel, a
 * return, or nothing.
 */
public record StaticCallSite(long address, int length) implements PatchSite {
  @Override
  public boolean allows(byte[] live, LoadedKernel kernel) throws MalformedImageException {
    return Arrays.equals(live, kernel.original(address, length))
        || Nops.only(live)
        || Instructions.isReturn(live)
        || Instructions.isZeroResult(live)
        || isBranch(live, kernel);
  }

  private boolean isBranch(byte[] live, LoadedKernel kernel) throws MalformedImageException {
    byte[] original = kernel.original(address, length);
    OptionalLong target =
        length == 6
            ? Instructions.conditionalTarget(live, address)
            : Instructions.target(live, 0, Instructions.u8(original, 0), address);
    boolean sameCondition = length != 6 || live[1] == original[1];
    return target.isPresent()
        && sameCondition
        && (kernel.isFunction(target.getAsLong()) || ReturnSite.isThunk(target, kernel));
  }
}
