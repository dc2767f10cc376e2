// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/** A jump to the return thunk (.return_sites): it stays, goes to another thunk, or is a return. */
public record ReturnSite(long address) implements PatchSite {
  private static final List<String> THUNKS =
      List.of(
          "__x86_return_thunk",
          "retbleed_return_thunk",
          "srso_return_thunk",
          "srso_alias_return_thunk",
          "call_depth_return_thunk",
          "its_return_thunk");

  @Override
  public int length() {
    return Instructions.BRANCH_SIZE;
  }

  @Override
  public boolean allows(byte[] live, LoadedKernel kernel) throws MalformedImageException {
    return Instructions.isReturn(live)
        || Arrays.equals(live, kernel.original(address, length()))
        || isThunk(Instructions.target(live, 0, Instructions.JMP, address), kernel);
  }

  static boolean isThunk(OptionalLong target, LoadedKernel kernel) {
    return target.isPresent()
        && THUNKS.stream().anyMatch(name -> kernel.isSymbol(name, target.getAsLong()));
  }
}
