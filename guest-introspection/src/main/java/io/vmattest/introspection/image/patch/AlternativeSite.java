// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

import io.vmattest.introspection.image.MalformedImageException;
import java.util.List;

/**
 * Instructions with others for CPUs that have, or lack, a feature (.altinstructions). One site for
 * all entries of an address. It holds what the image holds there, or one of the replacements.
 */
public record AlternativeSite(long address, int length, List<Replacement> replacements)
    implements PatchSite {
  /**
   * Instructions in .altinstr_replacement.
   *
   * @param directCall whether the site is an indirect call that is made a direct one
   */
  public record Replacement(long address, int length, boolean directCall) {}

  public AlternativeSite {
    replacements = List.copyOf(replacements);
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
