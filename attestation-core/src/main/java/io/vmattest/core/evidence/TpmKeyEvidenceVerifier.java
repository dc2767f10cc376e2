// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import io.vmattest.core.evidence.KeyEvidenceException.Reason;
import io.vmattest.core.evidence.tpm.EccPublic;
import io.vmattest.core.evidence.tpm.MalformedTpmStructureException;
import io.vmattest.core.evidence.tpm.TpmaObject.Attribute;
import io.vmattest.core.evidence.tpm.TpmsAttest;
import io.vmattest.core.evidence.tpm.TpmtPublic;
import io.vmattest.core.evidence.tpm.TpmtSignature;
import java.security.MessageDigest;
import java.time.Instant;

/** Checks that a signing key lives in a TPM whose endorsement key a trusted root vouches for. */
public final class TpmKeyEvidenceVerifier {
  private static final Attribute[] STAYS_IN_TPM = {
    Attribute.FIXED_TPM, Attribute.FIXED_PARENT, Attribute.SENSITIVE_DATA_ORIGIN, Attribute.SIGN
  };

  private TpmKeyEvidenceVerifier() {}

  /**
   * Checks everything but the enrolment, which is {@link Enrolment#verify}'s: that the attestation
   * key is in the TPM of the endorsement key is not said by the evidence itself.
   *
   * @param at the instant at which the certificates must be valid
   * @return when else they are
   */
  public static Validity verify(KeyEvidence evidence, TrustAnchors anchors, Instant at)
      throws KeyEvidenceException {
    Validity validity = EndorsementCertificate.verify(evidence, anchors, at);
    try {
      TpmtPublic attestationKey =
          TpmtPublic.parse(evidence.attestationKey(), "The attestation key");
      TpmtPublic signingKey = TpmtPublic.parse(evidence.signingKey(), "The signing key");
      requireAttestationKey(attestationKey);
      requireSigningKey(signingKey);
      requireSignature(evidence, attestationKey);
      requireCertification(evidence, signingKey);
      return validity;
    } catch (MalformedTpmStructureException e) {
      throw new KeyEvidenceException(Reason.MALFORMED, e.getMessage() + ".", e);
    }
  }

  private static void requireAttestationKey(TpmtPublic key) throws KeyEvidenceException {
    var missing = key.attributes().missing(STAYS_IN_TPM);
    if (!missing.isEmpty()) {
      throw new KeyEvidenceException(
          Reason.ATTESTATION_KEY,
          "The attestation key lacks " + missing + " (TPM 2.0 part 2, 8.3).");
    }
    if (!key.attributes().has(Attribute.RESTRICTED) || key.attributes().has(Attribute.DECRYPT)) {
      throw new KeyEvidenceException(
          Reason.ATTESTATION_KEY,
          "The attestation key is not a restricted signing key (TPM 2.0 part 2, 8.3.3.11):"
              + " it would sign what no TPM made.");
    }
  }

  private static void requireSigningKey(TpmtPublic key) throws KeyEvidenceException {
    var missing = key.attributes().missing(STAYS_IN_TPM);
    if (!missing.isEmpty()) {
      throw new KeyEvidenceException(
          Reason.SIGNING_KEY, "The signing key lacks " + missing + " (TPM 2.0 part 2, 8.3).");
    }
    if (key.attributes().has(Attribute.RESTRICTED) || key.attributes().has(Attribute.DECRYPT)) {
      throw new KeyEvidenceException(
          Reason.SIGNING_KEY,
          "The signing key is restricted or decrypts (TPM 2.0 part 2, 8.3): it is made for"
              + " something else.");
    }
    if (!(key.parameters() instanceof EccPublic ecc) || ecc.curve() != EccPublic.NIST_P256) {
      throw new KeyEvidenceException(Reason.SIGNING_KEY, "The signing key is not on P-256.");
    }
  }

  private static void requireSignature(KeyEvidence evidence, TpmtPublic attestationKey)
      throws KeyEvidenceException, MalformedTpmStructureException {
    TpmtSignature signature = TpmtSignature.parse(evidence.certificationSignature());
    if (!signature.verify(attestationKey, evidence.certification())) {
      throw new KeyEvidenceException(
          Reason.CERTIFICATION_SIGNATURE,
          "The attestation key did not sign the certification of the signing key"
              + " (TPM 2.0 part 3, 18.2).");
    }
  }

  private static void requireCertification(KeyEvidence evidence, TpmtPublic signingKey)
      throws KeyEvidenceException, MalformedTpmStructureException {
    byte[] certified;
    try {
      certified = TpmsAttest.parse(evidence.certification()).certifyInfo().name();
    } catch (MalformedTpmStructureException e) {
      throw new KeyEvidenceException(
          Reason.CERTIFICATION,
          "What the attestation key signed is not a certification: %s (TPM 2.0 part 2, 10.12.12)."
              .formatted(e.getMessage()),
          e);
    }
    if (!MessageDigest.isEqual(certified, signingKey.name())) {
      throw new KeyEvidenceException(
          Reason.CERTIFICATION,
          "The attestation key certified another key than the signing key: the Names differ"
              + " (TPM 2.0 part 1, 16).");
    }
  }
}
