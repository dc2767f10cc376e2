// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.cose.Es256;
import io.vmattest.core.evidence.Enrolment;
import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.core.testing.TestCertificates;
import io.vmattest.core.testing.TestCertificates.Identity;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Optional;

/** Reports of {@link ReportMaker#VM} by a key that is enrolled, and checks that they stand. */
final class EnrolledReports {
  /** When all certificates are valid. */
  static final Clock CLOCK = Clock.fixed(TestCertificates.VALID_AT, ZoneOffset.UTC);

  private static final CBORObject HOST_CLAIMS = CBORObject.FromObject(-70001);
  private static final int PREVIOUS = 7;

  private final StandInTpm tpm = new StandInTpm();
  private final Identity enroller = TestCertificates.selfSigned("Enroller");

  /** The VM's report of a number. */
  SignedReport report(long sequence, Optional<Digest> previous) {
    return report(sequence, previous, Optional.empty());
  }

  /** The same with what was seen of the guest. */
  SignedReport report(long sequence, Optional<Digest> previous, Optional<GuestDocument> guest) {
    ReportMaker maker = new ReportMaker();
    maker.sequence = sequence;
    guest.ifPresent(document -> maker.hostComponents.put(GuestDocument.COMPONENT, json(document)));
    CBORObject claims = maker.claims();
    previous.ifPresent(digest -> claims.get(HOST_CLAIMS).Add(PREVIOUS, digest.bytes()));
    try {
      return enrolled(SignedReport.parse(ReportMaker.sign(tpm, claims).encoded()));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** A report of another's making. */
  SignedReport signed(ReportMaker maker) {
    return enrolled(maker.sign(tpm));
  }

  /** One whose key nobody enrolled. */
  SignedReport unenrolled() {
    return new ReportMaker().sign(tpm);
  }

  /** Says of any report's key that it is enrolled. */
  SignedReport enrolled(SignedReport report) {
    try {
      return report.withEnrolment(
          Enrolment.issue(
              KeyEvidence.parse(report.keyEvidence().orElseThrow()),
              TestCertificates.VALID_AT,
              enroller.certificate(),
              Es256.signer(enroller.key().getPrivate())));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Those of a server that trusts this enroller and this TPM's maker. */
  ReportChecks checks() {
    return LedgerParts.checks(tpm.anchors(enroller.certificate()), CLOCK);
  }

  private static byte[] json(GuestDocument guest) {
    try {
      return guest.json().toString().getBytes(UTF_8);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
