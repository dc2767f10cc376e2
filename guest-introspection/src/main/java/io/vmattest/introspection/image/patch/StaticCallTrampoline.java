// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;
import java.util.Arrays;
import java.util.OptionalLong;

/** The jump through which a static call goes where it is not inlined (__SCT__ symbols). */
public record StaticCallTrampoline(long address) implements PatchSite {
  @Override
  public int length() {
    return Instructions.BRANCH_SIZE;
  }

  @Override
  public boolean allows(byte[] live, LoadedKernel kernel) throws MalformedImageException {
    OptionalLong target = Instructions.target(live, 0, Instructions.JMP, address);
    return Arrays.equals(live, kernel.original(address, length()))
        || Instructions.isReturn(live)
        || (target.isPresent()
            && (kernel.isFunction(target.getAsLong()) || ReturnSite.isThunk(target, kernel)));
  }
}
