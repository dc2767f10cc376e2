// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * The jump through which a static call goes where it is not inlined (__SCT__ symbols).
 *
 * @param call the name of the call, without the prefix
 */
public record StaticCallTrampoline(long address, String call) implements DirectedSite {
  private static final String KEY = "__SCK__";

  @Override
  public OptionalLong pointer(CodeImage image) {
    return image.symbols().address(KEY + call);
  }

  @Override
  public OptionalLong target(byte[] live) {
    return Instructions.target(live, 0, Instructions.JMP, address);
  }

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
            && (kernel.isCallable(target.getAsLong()) || ReturnSite.isThunk(target, kernel)));
  }
}
