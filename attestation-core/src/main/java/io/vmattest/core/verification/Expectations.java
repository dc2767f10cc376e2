// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.verification;

import java.util.Optional;
import java.util.UUID;

/**
 * What a verifier wants of a report beyond what has to hold for every one. What is wanted becomes a
 * required claim.
 *
 * @param nonce what the report must carry
 * @param vm the virtual machine that it must be about
 * @param hardwareTpm whether a software TPM will not do
 */
public record Expectations(Optional<byte[]> nonce, Optional<UUID> vm, boolean hardwareTpm) {
  /** Nothing beyond. */
  public static final Expectations NONE =
      new Expectations(Optional.empty(), Optional.empty(), false);

  public Expectations withNonce(byte[] wanted) {
    return new Expectations(Optional.of(wanted.clone()), vm, hardwareTpm);
  }

  public Expectations withVm(UUID wanted) {
    return new Expectations(nonce, Optional.of(wanted), hardwareTpm);
  }

  public Expectations withHardwareTpm() {
    return new Expectations(nonce, vm, true);
  }
}
