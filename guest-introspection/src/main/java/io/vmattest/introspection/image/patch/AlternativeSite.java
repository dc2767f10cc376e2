// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import java.util.List;
import java.util.OptionalLong;

/**
 * Instructions with others for CPUs that have, or lack, a feature (.altinstructions). One site for
 * all entries of an address. It holds what the image holds there, or one of the replacements.
 */
public record AlternativeSite(long address, int length, List<Replacement> replacements)
    implements DirectedSite {
  /**
   * Instructions in .altinstr_replacement.
   *
   * @param directCall whether the site is an indirect call that is made a direct one
   */
  public record Replacement(long address, int length, boolean directCall) {}

  public AlternativeSite {
    replacements = List.copyOf(replacements);
  }

  /** Only where the call becomes a direct one, and nothing else that may stand there is a call. */
  @Override
  public OptionalLong pointer(CodeImage image) throws MalformedImageException {
    boolean direct = replacements.stream().anyMatch(Replacement::directCall);
    for (Replacement other : replacements) {
      if (!other.directCall()
          && other.length() > 0
          && image.loaded().u8(other.address()) == Instructions.CALL) {
        return OptionalLong.empty();
      }
    }
    byte[] original = image.loaded().copy(address, length);
    // A module's absolute address is a live one.
    boolean known = image.kernel().isEmpty() || !Instructions.isAbsolute(original);
    return direct && known ? Instructions.pointer(original, address) : OptionalLong.empty();
  }

  @Override
  public OptionalLong target(byte[] live) {
    return Instructions.target(live, 0, Instructions.CALL, address);
  }

  @Override
  public boolean allows(byte[] live, LoadedKernel kernel) throws MalformedImageException {
    if (CodeMatch.original(live, address, kernel)) {
      return true;
    }
    for (Replacement replacement : replacements) {
      if (CodeMatch.replaced(live, address, replacement.address(), replacement.length(), kernel)
          || (replacement.directCall() && isDirectCall(live, kernel))) {
        return true;
      }
    }
    return false;
  }

  /** A call of a function that does nothing is left out. */
  private boolean isDirectCall(byte[] live, LoadedKernel kernel) throws MalformedImageException {
    if (Nops.only(live)) {
      return true;
    }
    var target = Instructions.target(live, 0, Instructions.CALL, address);
    return target.isPresent()
        && kernel.isFunction(target.getAsLong())
        && Nops.fill(live, Instructions.BRANCH_SIZE, live.length);
  }
}
