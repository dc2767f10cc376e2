// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.patch;

/** An ENDBR64 that nothing needs (.ibt_endbr_seal): it stays or becomes a nop. */
public record EndbrSite(long address) implements PatchSite {
  @Override
  public int length() {
    return 4;
  }

  @Override
  public boolean allows(byte[] live, LoadedKernel kernel) {
    return Instructions.isEndbr(live) || Instructions.isSealedEndbr(live);
  }
}
