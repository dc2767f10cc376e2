// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.attestation;

import io.vmattest.core.report.Digest;
import io.vmattest.server.attestation.CaptureGuard.Urgency;
import java.util.Optional;
import java.util.UUID;

/**
 * What to attest.
 *
 * @param nonce 8 to 64 bytes
 * @param keepSnapshot whether the VM can be rolled back to it
 * @param baseline whether the report becomes the VM's baseline
 * @param compareWith a snapshot that the host compares page by page
 */
public record AttestationRequest(
    UUID vm,
    Trigger trigger,
    Optional<byte[]> nonce,
    boolean keepSnapshot,
    boolean baseline,
    Optional<Digest> compareWith) {

  /** Bytes (RFC 9711, 4.1). */
  public static final int SHORTEST_NONCE = 8;

  /** Bytes. */
  public static final int LONGEST_NONCE = 64;

  /** Why it is attested, as the report says. */
  public enum Trigger {
    TIMER("timer", Urgency.BACKGROUND),
    REQUEST("request", Urgency.ASKED_FOR),
    VERIFICATION("verification", Urgency.ASKED_FOR),
    EVENT("event", Urgency.BACKGROUND);

    private final String claim;
    private final Urgency urgency;

    Trigger(String claim, Urgency urgency) {
      this.claim = claim;
      this.urgency = urgency;
    }

    Urgency urgency() {
      return urgency;
    }

    public String claim() {
      return claim;
    }
  }

  /** Without nonce, snapshot or comparison. */
  public static AttestationRequest plain(UUID vm, Trigger trigger) {
    return new AttestationRequest(vm, trigger, Optional.empty(), false, false, Optional.empty());
  }
}
