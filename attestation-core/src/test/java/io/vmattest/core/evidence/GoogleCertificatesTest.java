// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.evidence.KeyEvidenceException.Reason;
import io.vmattest.core.testing.Vectors;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Genuine certificates of Google's vTPMs: two roots, each with intermediates of its own. */
class GoogleCertificatesTest {
  private static final Instant AT = Instant.parse("2026-11-01T00:00:00Z");
  private static final String PRIVATE_ROOT = "gcp-gcp_ek_ak_ca_root.crt";
  private static final String PRIVATE_INTERMEDIATE = "gcp-gcp_ek_ak_ca_intermediate_v3.crt";
  private static final String UNIFIED_ROOT = "gcp-tpm_ek_root_1.cer";
  private static final String UNIFIED_INTERMEDIATE = "gcp-tpm_ek_intermediate_3.crt";

  private static X509Certificate certificate(String file) throws KeyEvidenceException {
    return Certificates.ofDer(Vectors.bytes("tpm/" + file));
  }

  private static void requirePath(String leaf, String intermediate, String root)
      throws KeyEvidenceException, GeneralSecurityException {
    Certificates.requirePath(
        certificate(leaf), List.of(certificate(intermediate)), List.of(certificate(root)), AT);
  }

  private static void assertNoPath(String leaf, String intermediate, String root) {
    assertThrows(GeneralSecurityException.class, () -> requirePath(leaf, intermediate, root));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rsa_enc", "ecc_enc", "rsa_sign", "ecc_sign"})
  void privateOnesLeadToTheirRootAndToNoOther(String kind) throws Exception {
    String leaf = "gcp-pca_tpm_" + kind + "_cert.pem";
    requirePath(leaf, PRIVATE_INTERMEDIATE, PRIVATE_ROOT);
    assertNoPath(leaf, PRIVATE_INTERMEDIATE, UNIFIED_ROOT);
    assertNoPath(leaf, UNIFIED_INTERMEDIATE, UNIFIED_ROOT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rsa_sign", "ecc_sign"})
  void unifiedOnesLeadToTheirRootAndToNoOther(String kind) throws Exception {
    String leaf = "gcp-uca_tpm_" + kind + "_cert.pem";
    requirePath(leaf, UNIFIED_INTERMEDIATE, UNIFIED_ROOT);
    assertNoPath(leaf, UNIFIED_INTERMEDIATE, PRIVATE_ROOT);
    assertNoPath(leaf, "gcp-tpm_ek_intermediate_2.crt", UNIFIED_ROOT);
  }

  @Test
  void withoutTheIntermediateThereIsNoPath() throws Exception {
    X509Certificate leaf = certificate("gcp-pca_tpm_rsa_enc_cert.pem");
    List<X509Certificate> roots = List.of(certificate(PRIVATE_ROOT));
    assertThrows(
        GeneralSecurityException.class, () -> Certificates.requirePath(leaf, List.of(), roots, AT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gcp-pca_tpm_rsa_enc_cert.pem", "gcp-pca_tpm_ecc_enc_cert.pem"})
  void oneOfAnEncryptingKeyIsAnEndorsementEvenIfItNamesNoPurpose(String file) throws Exception {
    EndorsementCertificate.requireProfile(certificate(file));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gcp-pca_tpm_rsa_sign_cert.pem",
        "gcp-pca_tpm_ecc_sign_cert.pem",
        "gcp-uca_tpm_rsa_sign_cert.pem",
        "gcp-uca_tpm_ecc_sign_cert.pem"
      })
  void oneOfASigningKeyIsNoEndorsement(String file) throws Exception {
    X509Certificate leaf = certificate(file);
    var e =
        assertThrows(KeyEvidenceException.class, () -> EndorsementCertificate.requireProfile(leaf));
    assertEquals(Reason.ENDORSEMENT_PROFILE, e.reason());
    assertTrue(String.valueOf(e.getMessage()).contains("3.2.15"), e.getMessage());
  }
}
