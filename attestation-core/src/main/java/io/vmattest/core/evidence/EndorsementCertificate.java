// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import io.vmattest.core.evidence.KeyEvidenceException.Reason;
import io.vmattest.core.evidence.tpm.MalformedTpmStructureException;
import io.vmattest.core.evidence.tpm.TpmaObject.Attribute;
import io.vmattest.core.evidence.tpm.TpmtPublic;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The endorsement key and its certificate (TCG EK Credential Profile, 3.2). */
final class EndorsementCertificate {
  /** tcg-kp-EKCertificate. */
  private static final String EK_CERTIFICATE_USAGE = "2.23.133.8.1";

  private static final int KEY_ENCIPHERMENT = 2;
  private static final int KEY_AGREEMENT = 4;

  private EndorsementCertificate() {}

  /** When what was checked is valid. */
  static Validity verify(KeyEvidence evidence, TrustAnchors anchors, Instant at)
      throws KeyEvidenceException {
    List<X509Certificate> chain = new ArrayList<>();
    for (byte[] der : evidence.endorsementChain()) {
      chain.add(Certificates.ofDer(der));
    }
    X509Certificate leaf = chain.get(0);
    Validity validity = requireChain(leaf, chain, anchors, at);
    requireProfile(leaf);
    requireKey(leaf, evidence);
    return validity;
  }

  private static Validity requireChain(
      X509Certificate leaf, List<X509Certificate> chain, TrustAnchors anchors, Instant at)
      throws KeyEvidenceException {
    if (anchors.endorsementRoots().isEmpty()) {
      throw new KeyEvidenceException(
          Reason.ENDORSEMENT_CHAIN, "No endorsement root is trusted at all.");
    }
    List<X509Certificate> others = new ArrayList<>(chain);
    others.addAll(anchors.intermediates());
    try {
      return Certificates.requirePath(leaf, others, anchors.endorsementRoots(), at);
    } catch (GeneralSecurityException e) {
      throw new KeyEvidenceException(
          Reason.ENDORSEMENT_CHAIN,
          "The endorsement certificate of %s does not lead to a trusted root at %s (RFC 5280, 6)."
              .formatted(leaf.getIssuerX500Principal(), at),
          e);
    }
  }

  static void requireProfile(X509Certificate leaf) throws KeyEvidenceException {
    if (leaf.getBasicConstraints() >= 0) {
      throw profile("is an authority's (3.2.7)");
    }
    // Genuine ones, such as those of Google's vTPMs, leave the extension out. One that is there
    // says what the key is for, and must say this.
    Optional<List<String>> purposes = extendedKeyUsage(leaf);
    if (purposes.isPresent() && !purposes.get().contains(EK_CERTIFICATE_USAGE)) {
      throw profile("is for other purposes than " + EK_CERTIFICATE_USAGE + " (3.2.16)");
    }
    boolean[] usage = leaf.getKeyUsage();
    if (usage != null && !usage[KEY_ENCIPHERMENT] && !usage[KEY_AGREEMENT]) {
      throw profile("is not for encrypting keys (3.2.15)");
    }
  }

  private static Optional<List<String>> extendedKeyUsage(X509Certificate leaf)
      throws KeyEvidenceException {
    try {
      return Optional.ofNullable(leaf.getExtendedKeyUsage());
    } catch (CertificateParsingException e) {
      throw new KeyEvidenceException(
          Reason.ENDORSEMENT_PROFILE, "The endorsement certificate's key usage is unreadable.", e);
    }
  }

  private static void requireKey(X509Certificate leaf, KeyEvidence evidence)
      throws KeyEvidenceException {
    try {
      TpmtPublic key = TpmtPublic.parse(evidence.endorsementKey(), "The endorsement key");
      var missing =
          key.attributes()
              .missing(
                  Attribute.FIXED_TPM,
                  Attribute.FIXED_PARENT,
                  Attribute.RESTRICTED,
                  Attribute.DECRYPT);
      if (!missing.isEmpty()) {
        throw new KeyEvidenceException(
            Reason.ENDORSEMENT_KEY,
            "The endorsement key lacks " + missing + " (TPM 2.0 part 2, 8.3).");
      }
      if (!isSameKey(key.publicKey(), leaf.getPublicKey())) {
        throw new KeyEvidenceException(
            Reason.ENDORSEMENT_KEY, "The endorsement key is not the one in its certificate.");
      }
    } catch (MalformedTpmStructureException e) {
      throw new KeyEvidenceException(Reason.MALFORMED, e.getMessage() + ".", e);
    }
  }

  /** Compares by numbers: implementations of keys do not equal each other across providers. */
  private static boolean isSameKey(PublicKey a, PublicKey b) {
    if (a instanceof RSAPublicKey first && b instanceof RSAPublicKey second) {
      return first.getModulus().equals(second.getModulus())
          && first.getPublicExponent().equals(second.getPublicExponent());
    }
    if (a instanceof ECPublicKey first && b instanceof ECPublicKey second) {
      return first.getW().equals(second.getW()) && curve(first).equals(curve(second));
    }
    return false;
  }

  private static BigInteger curve(ECPublicKey key) {
    return key.getParams().getCurve().getB();
  }

  private static KeyEvidenceException profile(String why) {
    return new KeyEvidenceException(
        Reason.ENDORSEMENT_PROFILE,
        "The endorsement certificate " + why + " of the TCG EK Credential Profile.");
  }
}
