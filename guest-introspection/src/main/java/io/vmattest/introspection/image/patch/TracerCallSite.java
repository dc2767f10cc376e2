// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * The call within the kernel's own tracer that goes to who traces (ftrace_call and its like): a
 * call or jump to a function of the kernel's, or nothing.
 */
public record TracerCallSite(long address) implements PatchSite {
  @Override
  public int length() {
    return Instructions.BRANCH_SIZE;
  }

  @Override
  public boolean allows(byte[] live, LoadedKernel kernel) throws MalformedImageException {
    return Nops.only(live)
        || Arrays.equals(live, kernel.original(address, length()))
        || isFunction(Instructions.target(live, 0, Instructions.CALL, address), kernel)
        || isFunction(Instructions.target(live, 0, Instructions.JMP, address), kernel);
  }

  private static boolean isFunction(OptionalLong target, LoadedKernel kernel)
      throws MalformedImageException {
    return target.isPresent() && kernel.isFunction(target.getAsLong());
  }
}
