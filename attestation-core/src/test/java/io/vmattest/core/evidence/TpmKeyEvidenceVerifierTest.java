// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import static io.vmattest.core.testing.StandInTpm.DECRYPT;
import static io.vmattest.core.testing.StandInTpm.FIXED_PARENT;
import static io.vmattest.core.testing.StandInTpm.FIXED_TPM;
import static io.vmattest.core.testing.StandInTpm.RESTRICTED;
import static io.vmattest.core.testing.StandInTpm.SENSITIVE_DATA_ORIGIN;
import static io.vmattest.core.testing.StandInTpm.SIGN;
import static io.vmattest.core.testing.StandInTpm.STAYS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.evidence.KeyEvidenceException.Reason;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.core.testing.TestCertificates;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One broken claim after the other, by keys that stand in for a TPM that would not break them. */
class TpmKeyEvidenceVerifierTest {
  private final StandInTpm tpm = new StandInTpm();

  private void verify() throws KeyEvidenceException {
    TpmKeyEvidenceVerifier.verify(tpm.evidence(), tpm.anchors(), TestCertificates.VALID_AT);
  }

  private void assertRefused(Reason reason) {
    assertEquals(reason, assertThrows(KeyEvidenceException.class, this::verify).reason());
  }

  @Test
  void unbrokenItVerifies() throws Exception {
    verify();
  }

  @Test
  void withoutATrustedRootNothingHolds() {
    TrustAnchors nobody = new TrustAnchors(List.of(), List.of(), List.of());
    var e =
        assertThrows(
            KeyEvidenceException.class,
            () -> TpmKeyEvidenceVerifier.verify(tpm.evidence(), nobody, TestCertificates.VALID_AT));
    assertEquals(Reason.ENDORSEMENT_CHAIN, e.reason());
  }

  @Test
  void aCertificateForSomethingElseIsNoEndorsement() {
    tpm.endorsementUsage = "1.3.6.1.5.5.7.3.2";
    assertRefused(Reason.ENDORSEMENT_PROFILE);
  }

  @Test
  void aCertificateThatNamesNoPurposeWillDo() throws Exception {
    tpm.endorsementUsage = "";
    verify();
  }

  @Test
  void anotherTpmsEndorsementIsRefused() {
    tpm.certifiedEndorsementKey = TestCertificates.rsa2048().getPublic();
    assertRefused(Reason.ENDORSEMENT_KEY);
  }

  @Test
  void anEndorsementKeyThatMaySignIsRefused() {
    tpm.endorsementAttributes = STAYS | SIGN;
    assertRefused(Reason.ENDORSEMENT_KEY);
  }

  @Test
  void anAttestationKeyThatSignsAnythingIsRefused() {
    tpm.attestationAttributes = STAYS | SIGN;
    assertRefused(Reason.ATTESTATION_KEY);
    tpm.attestationAttributes = STAYS | RESTRICTED | SIGN | DECRYPT;
    assertRefused(Reason.ATTESTATION_KEY);
  }

  @Test
  void aKeyThatMayLeaveTheTpmIsRefused() {
    for (int missing : new int[] {FIXED_TPM, FIXED_PARENT, SENSITIVE_DATA_ORIGIN, SIGN}) {
      tpm.signingAttributes = (STAYS | SIGN) & ~missing;
      assertRefused(Reason.SIGNING_KEY);
      tpm.signingAttributes = STAYS | SIGN;
      tpm.attestationAttributes = (STAYS | RESTRICTED | SIGN) & ~missing;
      assertRefused(Reason.ATTESTATION_KEY);
      tpm.attestationAttributes = STAYS | RESTRICTED | SIGN;
    }
  }

  @Test
  void aRestrictedSigningKeyIsRefused() {
    tpm.signingAttributes = STAYS | RESTRICTED | SIGN;
    assertRefused(Reason.SIGNING_KEY);
  }

  @Test
  void aStructureThatNoTpmMadeIsRefused() {
    tpm.attestMagic = 0x12345678;
    assertRefused(Reason.CERTIFICATION);
  }

  @Test
  void anAttestationOfAnotherKindIsRefused() {
    tpm.attestType = 0x8018;
    assertRefused(Reason.CERTIFICATION);
  }

  @Test
  void theCertificationOfAnotherKeyIsRefused() {
    tpm.certifiedSigningKey = TestCertificates.p256().getPublic();
    assertRefused(Reason.CERTIFICATION);
  }

  @Test
  void aCertificationByAnotherKeyIsRefused() {
    tpm.certifier = TestCertificates.p256().getPrivate();
    assertRefused(Reason.CERTIFICATION_SIGNATURE);
  }

  @Test
  void aDeviceOfAnotherKindIsRefused() {
    tpm.device = "hsm";
    byte[] encoded = tpm.encodedEvidence();
    var e = assertThrows(KeyEvidenceException.class, () -> KeyEvidence.parse(encoded));
    assertEquals(Reason.MALFORMED, e.reason());
  }
}
