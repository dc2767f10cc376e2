// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.verification;

/** One thing that a report claims, and what checking it gave. */
public sealed interface Claim {
  Subject subject();

  /** One sentence for people. */
  String sentence();

  /** Whether the outcome depends on it: always, or because it was asked for and so was checked. */
  default boolean required() {
    return subject().required() || !(this instanceof Unchecked);
  }

  /** It was checked and holds. */
  record Holds(Subject subject, String sentence) implements Claim {}

  /**
   * It was checked and does not hold.
   *
   * @param reason a constant's name for programs, e.g. ENDORSEMENT_CHAIN
   */
  record Fails(Subject subject, String reason, String sentence) implements Claim {}

  /** It could not be checked, for what it is checked against is not at hand. */
  record Unchecked(Subject subject, String sentence) implements Claim {}

  /** What claims are about. */
  enum Subject {
    /** The signature verifies with the evidence's signing key. */
    SIGNATURE(true),
    /** The key identifier is the digest of the key evidence. */
    KEY_IDENTIFIER(true),
    /** The signing key lives in a TPM that an endorsement root vouches for. */
    KEY_EVIDENCE(true),
    /** An enroller saw the attestation key answer for the endorsement key. */
    ENROLMENT(true),
    /** The key lives in a TPM of its own, and not in a program's; only where that is wanted. */
    HARDWARE_TPM(false),
    /** The nonce is the one that was asked for. */
    NONCE(false),
    /** The report is about the virtual machine that was asked for. */
    VM(false),
    /** Component memory adds up from the RAM blocks. */
    MEMORY(true),
    /** Component cpu/control adds up from the registers. */
    CPU_CONTROL(true),
    /** Component devices adds up from the device sections. */
    DEVICES(true),
    /** The state hash adds up from the components. */
    STATE_HASH(true);

    private final boolean required;

    Subject(boolean required) {
      this.required = required;
    }

    /** Whether no report is verified unless this claim was checked. */
    public boolean required() {
      return required;
    }
  }
}
