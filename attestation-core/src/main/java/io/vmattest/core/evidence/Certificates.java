// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import io.vmattest.core.evidence.KeyEvidenceException.Reason;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** X.509 certificates: reading them, and finding a way from one to a trusted one. */
final class Certificates {
  private Certificates() {}

  static X509Certificate ofDer(byte[] der) throws KeyEvidenceException {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException e) {
      throw new KeyEvidenceException(Reason.MALFORMED, "A certificate is not readable.", e);
    }
  }

  static List<X509Certificate> ofPem(String pem) throws KeyEvidenceException {
    try {
      return CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)))
          .stream()
          .map(X509Certificate.class::cast)
          .toList();
    } catch (CertificateException e) {
      throw new KeyEvidenceException(Reason.MALFORMED, "A PEM file holds no certificates.", e);
    }
  }

  static boolean isSelfIssued(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }

  /**
   * Builds and validates a path (RFC 5280, 6) without revocation.
   *
   * @param others certificates that may be on the way; not trusted by themselves
   * @return when all on the way are valid, the trusted one among them
   * @throws GeneralSecurityException if there is none
   */
  static Validity requirePath(
      X509Certificate leaf,
      Collection<X509Certificate> others,
      Collection<X509Certificate> trusted,
      Instant at)
      throws GeneralSecurityException {
    X509CertSelector target = new X509CertSelector();
    target.setCertificate(leaf);
    Set<TrustAnchor> anchors =
        trusted.stream().map(root -> new TrustAnchor(root, null)).collect(Collectors.toSet());
    PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, target);
    parameters.setRevocationEnabled(false);
    parameters.setDate(Date.from(at));
    parameters.addCertStore(storeOf(leaf, others));
    var path = (PKIXCertPathBuilderResult) CertPathBuilder.getInstance("PKIX").build(parameters);
    Validity validity = Validity.of(path.getTrustAnchor().getTrustedCert());
    for (Certificate certificate : path.getCertPath().getCertificates()) {
      validity = validity.and(Validity.of((X509Certificate) certificate));
    }
    return validity;
  }

  private static CertStore storeOf(X509Certificate leaf, Collection<X509Certificate> others)
      throws InvalidAlgorithmParameterException, NoSuchAlgorithmException {
    Set<X509Certificate> all = new HashSet<>(others);
    all.add(leaf);
    return CertStore.getInstance("Collection", new CollectionCertStoreParameters(all));
  }
}
