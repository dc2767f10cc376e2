// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

/** Evidence that does not show that a key lives in a TPM. */
public final class KeyEvidenceException extends Exception {
  private static final long serialVersionUID = 1L;
  private final Reason reason;

  public KeyEvidenceException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public KeyEvidenceException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  /** Which claim does not hold. */
  public enum Reason {
    /** Not the structure that the format or the TPM specification has. */
    MALFORMED,
    /** The endorsement certificate does not chain to a trusted root at the given time. */
    ENDORSEMENT_CHAIN,
    /** The endorsement certificate is not one for an endorsement key. */
    ENDORSEMENT_PROFILE,
    /** The endorsement key is not the one in its certificate. */
    ENDORSEMENT_KEY,
    /** The attestation key has not the attributes of one. */
    ATTESTATION_KEY,
    /** What the attestation key signed is not a certification of the signing key. */
    CERTIFICATION,
    /** The certification's signature does not verify. */
    CERTIFICATION_SIGNATURE,
    /** The signing key may leave the TPM, or may not sign, or is not on P-256. */
    SIGNING_KEY,
    /** There is no enrolment, it is not by a trusted enroller, or it is about another key. */
    ENROLMENT
  }
}
