// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.cose.CoseSign1;
import io.vmattest.core.cose.Es256;
import io.vmattest.core.evidence.KeyEvidenceException.Reason;
import io.vmattest.core.report.Digest;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.core.testing.TestCertificates;
import io.vmattest.core.testing.TestCertificates.Identity;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class EnrolmentTest {
  private static final Instant AT = TestCertificates.VALID_AT;
  private final StandInTpm tpm = new StandInTpm();
  private final KeyEvidence evidence = tpm.evidence();
  private final Identity enroller = TestCertificates.selfSigned("Enroller");

  private Enrolment issue(Identity identity, KeyEvidence of) throws Exception {
    return Enrolment.parse(
        Enrolment.issue(of, AT, identity.certificate(), Es256.signer(identity.key().getPrivate())));
  }

  private void assertRefused(
      Enrolment enrolment, KeyEvidence of, TrustAnchors anchors, Instant at) {
    var e = assertThrows(KeyEvidenceException.class, () -> enrolment.verify(of, anchors, at));
    assertEquals(Reason.ENROLMENT, e.reason());
  }

  @Test
  void aTrustedEnrollersEnrolmentHolds() throws Exception {
    Enrolment enrolment = issue(enroller, evidence);
    enrolment.verify(evidence, tpm.anchors(enroller.certificate()), AT);
    assertEquals(AT, enrolment.at());
    assertEquals(evidence.digest(), enrolment.keyEvidence());
  }

  @Test
  void anotherEnrollerIsRefused() throws Exception {
    Identity other = TestCertificates.selfSigned("Enroller");
    assertRefused(issue(other, evidence), evidence, tpm.anchors(enroller.certificate()), AT);
    assertRefused(issue(enroller, evidence), evidence, tpm.anchors(), AT);
  }

  @Test
  void aCertificateOfATrustedEnrollerIsNotEnough() throws Exception {
    Identity thief = TestCertificates.selfSigned("Thief");
    Enrolment forged =
        Enrolment.parse(
            Enrolment.issue(
                evidence, AT, enroller.certificate(), Es256.signer(thief.key().getPrivate())));
    assertRefused(forged, evidence, tpm.anchors(enroller.certificate()), AT);
  }

  /** Says of this evidence what it should, but for one claim. */
  private Enrolment with(long label, byte[] value) throws Exception {
    byte[] good =
        Enrolment.issue(
            evidence, AT, enroller.certificate(), Es256.signer(enroller.key().getPrivate()));
    CoseSign1 message = CoseSign1.parse(good, good.length);
    CBORObject claims = CBORObject.DecodeFromBytes(message.payload());
    claims.Set(label, CBORObject.FromObject(value));
    CBORObject header =
        CBORObject.NewMap()
            .Add(CoseSign1.ALGORITHM, CoseSign1.ES256)
            .Add(CoseSign1.X5CHAIN, enroller.certificate().getEncoded());
    return Enrolment.parse(
        CoseSign1.sign(
                header.EncodeToBytes(),
                claims.EncodeToBytes(),
                Es256.signer(enroller.key().getPrivate()))
            .encoded());
  }

  private String refusal(Enrolment enrolment) {
    TrustAnchors anchors = tpm.anchors(enroller.certificate());
    var e = assertThrows(KeyEvidenceException.class, () -> enrolment.verify(evidence, anchors, AT));
    assertEquals(Reason.ENROLMENT, e.reason());
    return String.valueOf(e.getMessage());
  }

  @Test
  void anEnrolmentOfOtherEvidenceIsRefused() throws Exception {
    assertEquals(
        "The enrolment is about other key evidence.",
        refusal(issue(enroller, new StandInTpm().evidence())));
  }

  @Test
  void eachClaimAloneMustBeAboutThisEvidence() throws Exception {
    byte[] other = Digest.sha256(new byte[] {1}).bytes();
    with(-70022, evidence.digest().bytes())
        .verify(evidence, tpm.anchors(enroller.certificate()), AT);
    assertEquals("The enrolment is about other key evidence.", refusal(with(-70022, other)));
    assertEquals(
        "The enrolment is about another endorsement certificate.", refusal(with(-70021, other)));
    assertEquals(
        "The enrolment is about another attestation key.",
        refusal(with(-70020, new StandInTpm().attestationKeyName())));
  }

  @Test
  void anExpiredEnrollerIsRefused() throws Exception {
    assertRefused(
        issue(enroller, evidence),
        evidence,
        tpm.anchors(enroller.certificate()),
        Instant.parse("2040-01-01T00:00:00Z"));
  }

  @Test
  void aReportIsNoEnrolment() {
    var e = assertThrows(KeyEvidenceException.class, () -> Enrolment.parse(tpm.encodedEvidence()));
    assertEquals(Reason.MALFORMED, e.reason());
  }
}
