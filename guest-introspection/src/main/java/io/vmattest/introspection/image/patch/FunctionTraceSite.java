// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * A function's call of the tracer (__mcount_loc): what the image has, a nop, or a call of the
 * kernel's own tracers. A call of a trampoline outside the kernel's text, as some ways of tracing
 * make, is none of these.
 */
public record FunctionTraceSite(long address) implements PatchSite {
  private static final List<String> TRACERS =
      List.of("__fentry__", "ftrace_caller", "ftrace_regs_caller");

  /** Whom it calls, as a link-time address; empty where it calls nobody. */
  public OptionalLong tracer(byte[] live) {
    return Instructions.target(live, 0, Instructions.CALL, address);
  }

  @Override
  public int length() {
    return Instructions.BRANCH_SIZE;
  }

  @Override
  public boolean allows(byte[] live, LoadedKernel kernel) throws MalformedImageException {
    OptionalLong target = Instructions.target(live, 0, Instructions.CALL, address);
    return Nops.only(live)
        || Arrays.equals(live, kernel.original(address, length()))
        || (target.isPresent()
            && TRACERS.stream().anyMatch(name -> kernel.isSymbol(name, target.getAsLong())));
  }
}
