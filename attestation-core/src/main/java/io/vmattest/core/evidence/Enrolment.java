// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.cbor.CborMap;
import io.vmattest.core.cbor.MalformedCborException;
import io.vmattest.core.cbor.StrictCbor;
import io.vmattest.core.cose.CoseSign1;
import io.vmattest.core.cose.CoseSigner;
import io.vmattest.core.cose.MalformedCoseException;
import io.vmattest.core.evidence.KeyEvidenceException.Reason;
import io.vmattest.core.report.Digest;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;

/**
 * A signed statement that an attestation key answered a credential challenge made for an
 * endorsement key: {@code enrolment} of docs/report-format.cddl. Immutable; parsing it verifies
 * nothing.
 */
public final class Enrolment {
  private static final String PROFILE = "tag:vmattest.io,2026:enrolment/1";
  private static final int MAX_SIZE = 1 << 15;
  private static final int MAX_NAME = 66;

  private static final long ISSUED_AT = 6;
  private static final long EAT_PROFILE = 265;
  private static final long ATTESTATION_KEY_NAME = -70020;
  private static final long ENDORSEMENT_CERTIFICATE = -70021;
  private static final long KEY_EVIDENCE = -70022;

  private final CoseSign1 message;
  private final X509Certificate enroller;
  private final Instant at;
  private final byte[] attestationKeyName;
  private final Digest endorsementCertificate;
  private final Digest keyEvidence;

  private Enrolment(CoseSign1 message, X509Certificate enroller, CborMap claims)
      throws MalformedCborException {
    this.message = message;
    this.enroller = enroller;
    this.at = claims.get(ISSUED_AT).epochSecond();
    this.attestationKeyName = claims.get(ATTESTATION_KEY_NAME).bytes(1, MAX_NAME);
    this.endorsementCertificate =
        Digest.of(claims.get(ENDORSEMENT_CERTIFICATE).bytes(Digest.SIZE, Digest.SIZE));
    this.keyEvidence = Digest.of(claims.get(KEY_EVIDENCE).bytes(Digest.SIZE, Digest.SIZE));
  }

  /**
   * Issues one; the caller has seen the challenge answered.
   *
   * @param enroller certificate of the signer's key, which is on P-256
   * @return the encoded enrolment
   */
  public static byte[] issue(
      KeyEvidence evidence, Instant at, X509Certificate enroller, CoseSigner signer)
      throws GeneralSecurityException, KeyEvidenceException {
    CBORObject header =
        CBORObject.NewMap()
            .Add(CoseSign1.ALGORITHM, CoseSign1.ES256)
            .Add(CoseSign1.X5CHAIN, enroller.getEncoded());
    CBORObject claims =
        CBORObject.NewMap()
            .Add(ISSUED_AT, at.getEpochSecond())
            .Add(EAT_PROFILE, PROFILE)
            .Add(ATTESTATION_KEY_NAME, evidence.attestationKeyName())
            .Add(ENDORSEMENT_CERTIFICATE, Digest.sha256(evidence.endorsementChain().get(0)).bytes())
            .Add(KEY_EVIDENCE, evidence.digest().bytes());
    return CoseSign1.sign(header.EncodeToBytes(), claims.EncodeToBytes(), signer).encoded();
  }

  /**
   * @throws KeyEvidenceException MALFORMED
   */
  public static Enrolment parse(byte[] encoded) throws KeyEvidenceException {
    try {
      CoseSign1 message = CoseSign1.parse(encoded, MAX_SIZE);
      CborMap header = message.protectedHeader().only(CoseSign1.ALGORITHM, CoseSign1.X5CHAIN);
      message.unprotectedHeader().only();
      if (header.get(CoseSign1.ALGORITHM).integer() != CoseSign1.ES256) {
        throw header.get(CoseSign1.ALGORITHM).malformed("is not ES256");
      }
      CborMap claims =
          StrictCbor.decode(message.payload(), "enrolment claims", MAX_SIZE)
              .map()
              .only(
                  ISSUED_AT,
                  EAT_PROFILE,
                  ATTESTATION_KEY_NAME,
                  ENDORSEMENT_CERTIFICATE,
                  KEY_EVIDENCE);
      if (!claims.get(EAT_PROFILE).text(1, 255).equals(PROFILE)) {
        throw claims.get(EAT_PROFILE).malformed("is not " + PROFILE);
      }
      return new Enrolment(
          message, Certificates.ofDer(header.get(CoseSign1.X5CHAIN).bytes(1, MAX_SIZE)), claims);
    } catch (MalformedCoseException | MalformedCborException e) {
      throw new KeyEvidenceException(
          Reason.MALFORMED, "This is not an enrolment: " + e.getMessage(), e);
    }
  }

  /**
   * Checks that a trusted enroller says it, and of this evidence.
   *
   * @param anchors of which the enrollers count
   * @param at the instant at which the enroller's certificate must be valid
   * @throws KeyEvidenceException ENROLMENT
   */
  public void verify(KeyEvidence evidence, TrustAnchors anchors, Instant at)
      throws KeyEvidenceException {
    requireTrusted(anchors, at);
    require(message.isSignedBy(enroller.getPublicKey()), "The enroller did not sign it.");
    require(keyEvidence.equals(evidence.digest()), "The enrolment is about other key evidence.");
    require(
        MessageDigest.isEqual(attestationKeyName, evidence.attestationKeyName()),
        "The enrolment is about another attestation key.");
    require(
        endorsementCertificate.equals(Digest.sha256(evidence.endorsementChain().get(0))),
        "The enrolment is about another endorsement certificate.");
  }

  private void requireTrusted(TrustAnchors anchors, Instant instant) throws KeyEvidenceException {
    // Issued by a trusted authority is not enough: it may issue certificates for other ends too.
    require(
        anchors.enrollers().contains(enroller),
        "The enroller, " + enroller.getSubjectX500Principal() + ", is not a trusted one.");
    try {
      enroller.checkValidity(Date.from(instant));
    } catch (GeneralSecurityException e) {
      throw new KeyEvidenceException(
          Reason.ENROLMENT,
          "The certificate of the enroller, %s, is not valid at %s."
              .formatted(enroller.getSubjectX500Principal(), instant),
          e);
    }
  }

  private static void require(boolean holds, String otherwise) throws KeyEvidenceException {
    if (!holds) {
      throw new KeyEvidenceException(Reason.ENROLMENT, otherwise);
    }
  }

  /** When the challenge was answered. */
  public Instant at() {
    return at;
  }

  /** Digest of the evidence that it is about. */
  public Digest keyEvidence() {
    return keyEvidence;
  }

  /** When the enroller's certificate is valid. */
  public Validity validity() {
    return Validity.of(enroller);
  }

  public X509Certificate enroller() {
    return enroller;
  }
}
