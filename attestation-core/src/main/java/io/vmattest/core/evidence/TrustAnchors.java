// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import io.vmattest.core.evidence.KeyEvidenceException.Reason;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Whom a verifier believes.
 *
 * @param endorsementRoots authorities whose TPMs are genuine
 * @param intermediates certificates that may be missing from the evidence's chain; not trusted by
 *     themselves
 * @param enrollers the very certificates of enrollers, not of authorities that issue them
 */
public record TrustAnchors(
    List<X509Certificate> endorsementRoots,
    List<X509Certificate> intermediates,
    List<X509Certificate> enrollers) {
  public TrustAnchors {
    endorsementRoots = List.copyOf(endorsementRoots);
    intermediates = List.copyOf(intermediates);
    enrollers = List.copyOf(enrollers);
  }

  /**
   * Sorts certificates in PEM into self-issued roots, which are trusted, and intermediates.
   *
   * @param endorsement roots and intermediates, concatenated; may be empty
   * @param enrollers certificates, concatenated; may be empty
   * @throws KeyEvidenceException MALFORMED, or ENDORSEMENT_CHAIN if a certificate is neither a root
   *     nor leads to one of the roots given: it would be trusted by nobody, unnoticed
   */
  public static TrustAnchors ofPem(String endorsement, String enrollers)
      throws KeyEvidenceException {
    var sorted =
        Certificates.ofPem(endorsement).stream()
            .collect(Collectors.partitioningBy(Certificates::isSelfIssued));
    List<X509Certificate> roots = sorted.getOrDefault(true, List.of());
    List<X509Certificate> intermediates = sorted.getOrDefault(false, List.of());
    requireRoots(roots, intermediates);
    return new TrustAnchors(roots, intermediates, Certificates.ofPem(enrollers));
  }

  private static void requireRoots(List<X509Certificate> roots, List<X509Certificate> intermediates)
      throws KeyEvidenceException {
    List<X509Certificate> rooted = new ArrayList<>(roots);
    List<X509Certificate> loose = new ArrayList<>(intermediates);
    boolean found = true;
    while (found) {
      List<X509Certificate> next =
          loose.stream().filter(c -> rooted.stream().anyMatch(r -> isIssuedBy(c, r))).toList();
      rooted.addAll(next);
      found = loose.removeAll(next);
    }
    if (!loose.isEmpty()) {
      throw new KeyEvidenceException(
          Reason.ENDORSEMENT_CHAIN,
          "The certificate of %s is no root (%s issued it), and leads to none of the roots given."
              .formatted(
                  loose.get(0).getSubjectX500Principal(), loose.get(0).getIssuerX500Principal()));
    }
  }

  private static boolean isIssuedBy(X509Certificate certificate, X509Certificate issuer) {
    if (!certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
      return false;
    }
    try {
      certificate.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
