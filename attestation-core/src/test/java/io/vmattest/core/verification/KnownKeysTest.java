// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.verification;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.cose.Es256;
import io.vmattest.core.evidence.Enrolment;
import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.core.testing.TestCertificates;
import io.vmattest.core.testing.TestCertificates.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What was verified of a key before never makes a report hold that would not hold otherwise. */
class KnownKeysTest {
  private static final Instant AT = TestCertificates.VALID_AT;
  private static final Instant EXPIRED = AT.plus(Duration.ofDays(3650));

  private final StandInTpm tpm = new StandInTpm();
  private final byte[] evidence = tpm.encodedEvidence();
  private final Identity enroller = TestCertificates.selfSigned("Enroller");
  private final TrustAnchors anchors = tpm.anchors(enroller.certificate());
  private final KnownKeys keys = new KnownKeys(anchors, 2);
  private final byte[] enrolment = enrolment(enroller, evidence);
  private final ReportMaker maker = new ReportMaker();

  private static byte[] enrolment(Identity by, byte[] evidence) {
    try {
      return Enrolment.issue(
          KeyEvidence.parse(evidence), AT, by.certificate(), Es256.signer(by.key().getPrivate()));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private SignedReport report(CBORObject claims) throws Exception {
    return report(tpm, claims, evidence, Digest.sha256(evidence));
  }

  private SignedReport report(StandInTpm by, CBORObject claims, byte[] carried, Digest named)
      throws Exception {
    return SignedReport.parse(ReportMaker.sign(by, claims, carried, named).encoded())
        .withEnrolment(enrolment);
  }

  @BeforeEach
  void theKeyIsKnown() throws Exception {
    keys.verifyOrThrow(report(maker.claims()), AT);
  }

  private void assertRefused(SignedReport report, Instant at) {
    assertThrows(ReportNotVerifiedException.class, () -> keys.verifyOrThrow(report, at));
    assertThrows(
        ReportNotVerifiedException.class,
        () -> ReportVerifier.verifyOrThrow(report, anchors, Optional.empty(), at));
  }

  @Test
  void aFurtherReportOfTheKeyHolds() throws Exception {
    maker.sequence = 2;
    SignedReport second = report(maker.claims());
    assertDoesNotThrow(() -> keys.verifyOrThrow(second, AT));
  }

  @Test
  void aReportThatTheKeyDidNotSignIsRefused() throws Exception {
    StandInTpm other = new StandInTpm();
    assertRefused(report(other, maker.claims(), evidence, Digest.sha256(evidence)), AT);
  }

  @Test
  void aReportWhoseDigestsDoNotAddUpIsRefused() throws Exception {
    CBORObject claims = maker.claims();
    claims.Set(CBORObject.FromObject(-70002), CBORObject.FromObject(new byte[32]));
    assertRefused(report(claims), AT);
  }

  @Test
  void anEnrolmentByAnotherIsRefused() throws Exception {
    byte[] foreign = enrolment(TestCertificates.selfSigned("Nobody"), evidence);
    assertRefused(report(maker.claims()).withEnrolment(foreign), AT);
  }

  @Test
  void aReportWithoutAnEnrolmentIsRefused() throws Exception {
    assertRefused(maker.sign(tpm), AT);
  }

  @Test
  void evidenceThatTheReportDoesNotNameIsRefused() throws Exception {
    byte[] other = tpm.encodedEvidence();
    assertRefused(report(tpm, maker.claims(), other, Digest.sha256(evidence)), AT);
    assertRefused(report(tpm, maker.claims(), evidence, Digest.sha256(other)), AT);
  }

  @Test
  void aKeyIsKnownOnlyAsLongAsItsCertificatesAreValid() throws Exception {
    assertRefused(report(maker.claims()), EXPIRED);
    assertRefused(report(maker.claims()), Instant.EPOCH);
    keys.verifyOrThrow(report(maker.claims()), AT);
  }

  @Test
  void moreKeysThanCanBeRememberedAreVerifiedAgain() throws Exception {
    for (int i = 0; i < 3; i++) {
      byte[] another = tpm.encodedEvidence();
      byte[] statement = enrolment(enroller, another);
      SignedReport report =
          SignedReport.parse(
                  ReportMaker.sign(tpm, maker.claims(), another, Digest.sha256(another)).encoded())
              .withEnrolment(statement);
      keys.verifyOrThrow(report, AT);
    }
    SignedReport first = report(maker.claims());
    assertDoesNotThrow(() -> keys.verifyOrThrow(first, AT));
  }

  @Test
  void aPreparedKeyIsTheSame() throws Exception {
    SignedReport report = report(maker.claims());
    assertTrue(report.isSignedBy(Es256.prepared(tpm.signingKey.getPublic())));
    assertFalse(report.isSignedBy(Es256.prepared(tpm.attestationKey.getPublic())));
  }
}
