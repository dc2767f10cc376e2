// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import static io.vmattest.introspection.image.patch.Instructions.u8;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A call that is directed by a key (.static_call_sites): a branch to a function of the kernel or a
 * module, a return, or nothing.
 *
 * @param key the link-time address of its struct static_call_key, whose first word is the function
 */
public record StaticCallSite(long address, int length, long key) implements DirectedSite {
  private static final String CALL = "__SCT__";
  private static final String KEY = "__SCK__";

  /**
   * A module that may not use a key names the trampoline in its place (struct
   * static_call_tramp_key).
   */
  @Override
  public OptionalLong pointer(CodeImage image) {
    Optional<String> trampoline = image.symbols().at(key).filter(name -> name.startsWith(CALL));
    return trampoline.isPresent()
        ? image.symbols().address(KEY + trampoline.get().substring(CALL.length()))
        : OptionalLong.of(key);
  }

  @Override
  public OptionalLong target(byte[] live) {
    if (length == 6 && Instructions.isConditional(u8(live, 0), u8(live, 1))) {
      return Instructions.conditionalTarget(live, address);
    }
    int opcode = u8(live, 0) == Instructions.CALL ? Instructions.CALL : Instructions.JMP;
    return Instructions.target(live, 0, opcode, address);
  }

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
        && (kernel.isCallable(target.getAsLong()) || ReturnSite.isThunk(target, kernel));
  }
}
