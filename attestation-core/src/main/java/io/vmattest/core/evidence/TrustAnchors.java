// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import java.security.cert.X509Certificate;
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
   * @throws KeyEvidenceException MALFORMED
   */
  public static TrustAnchors ofPem(String endorsement, String enrollers)
      throws KeyEvidenceException {
    var sorted =
        Certificates.ofPem(endorsement).stream()
            .collect(Collectors.partitioningBy(Certificates::isSelfIssued));
    return new TrustAnchors(
        sorted.getOrDefault(true, List.of()),
        sorted.getOrDefault(false, List.of()),
        Certificates.ofPem(enrollers));
  }
}
