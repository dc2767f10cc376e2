// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import java.util.OptionalLong;

/**
 * A call through pv_ops (.parainstructions, kernels before 6.7): it stays, becomes a direct call,
 * or nothing.
 *
 * @param operation its number in pv_ops, a table of pointers
 */
public record ParavirtSite(long address, int length, int operation) implements DirectedSite {
  @Override
  public OptionalLong pointer(CodeImage image) {
    OptionalLong table = image.symbols().address("pv_ops");
    return table.isPresent()
        ? OptionalLong.of(table.getAsLong() + 8L * operation)
        : OptionalLong.empty();
  }

  @Override
  public OptionalLong target(byte[] live) {
    return Instructions.target(live, 0, Instructions.CALL, address);
  }

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
