// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.verification;

import static io.vmattest.core.verification.Expectations.NONE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.core.cose.Es256;
import io.vmattest.core.evidence.Enrolment;
import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.report.AttestationReport.Device;
import io.vmattest.core.report.AttestationReport.RamBlock;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.core.testing.TestCertificates;
import io.vmattest.core.testing.TestCertificates.Identity;
import io.vmattest.core.verification.Claim.Subject;
import io.vmattest.core.verification.ReportVerification.Outcome;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ReportVerifierTest {
  private static final Instant AT = TestCertificates.VALID_AT;
  private final StandInTpm tpm = new StandInTpm();
  private final Identity enroller = TestCertificates.selfSigned("Enroller");
  private final TrustAnchors anchors = tpm.anchors(enroller.certificate());
  private final ReportMaker maker = new ReportMaker();

  private SignedReport enrol(SignedReport report) throws Exception {
    return report.withEnrolment(
        Enrolment.issue(
            io.vmattest.core.evidence.KeyEvidence.parse(report.keyEvidence().orElseThrow()),
            AT,
            enroller.certificate(),
            Es256.signer(enroller.key().getPrivate())));
  }

  private ReportVerification verify(SignedReport report) {
    return ReportVerifier.verify(report, anchors, Optional.empty(), AT);
  }

  /** The one failed claim of a report whose claims were changed before it was signed. */
  private Claim.Fails failure(Consumer<CBORObject> change) throws Exception {
    CBORObject claims = maker.claims();
    change.accept(claims);
    SignedReport report = SignedReport.parse(ReportMaker.sign(tpm, claims).encoded());
    ReportVerification verification = verify(enrol(report));
    assertEquals(Outcome.FALSE, verification.outcome());
    assertEquals(1, verification.failures().size(), verification.toString());
    return verification.failures().get(0);
  }

  private static CBORObject measured(CBORObject claims) {
    return claims.get(CBORObject.FromObject(-70000));
  }

  @Test
  void anEnrolledReportIsVerified() throws Exception {
    ReportVerification verification = verify(enrol(maker.sign(tpm)));
    assertEquals(Outcome.VERIFIED, verification.outcome(), verification.toString());
    assertEquals(
        Arrays.stream(Subject.values()).filter(s -> s != Subject.HARDWARE_TPM).toList(),
        verification.claims().stream().map(Claim::subject).toList());
    ReportVerifier.verifyOrThrow(enrol(maker.sign(tpm)), anchors, Optional.empty(), AT);
  }

  @Test
  void withoutAnEnrolmentNothingIsDecided() {
    ReportVerification verification = verify(maker.sign(tpm));
    assertEquals(Outcome.UNDECIDED, verification.outcome());
    assertThrows(
        ReportNotVerifiedException.class,
        () -> ReportVerifier.verifyOrThrow(maker.sign(tpm), anchors, Optional.empty(), AT));
  }

  @Test
  void withoutRootsNothingIsDecided() throws Exception {
    TrustAnchors nobody = new TrustAnchors(List.of(), List.of(), anchors.enrollers());
    assertEquals(
        Outcome.UNDECIDED,
        ReportVerifier.verify(enrol(maker.sign(tpm)), nobody, Optional.empty(), AT).outcome());
  }

  @Test
  void theNonceMustBeTheOneThatWasGiven() throws Exception {
    byte[] nonce = {1, 2, 3, 4, 5, 6, 7, 8};
    byte[] other = {8, 7, 6, 5, 4, 3, 2, 1};
    maker.nonce = Optional.of(nonce);
    SignedReport report = enrol(maker.sign(tpm));
    assertEquals(
        Outcome.VERIFIED, ReportVerifier.verify(report, anchors, Optional.of(nonce), AT).outcome());
    var verification = ReportVerifier.verify(report, anchors, Optional.of(other), AT);
    assertEquals(Subject.NONCE, verification.failures().get(0).subject());
    maker.nonce = Optional.empty();
    SignedReport without = enrol(maker.sign(tpm));
    assertEquals(
        Outcome.FALSE, ReportVerifier.verify(without, anchors, Optional.of(nonce), AT).outcome());
  }

  @Test
  void theVmMustBeTheOneThatWasGiven() throws Exception {
    SignedReport report = enrol(maker.sign(tpm));
    var right = ReportVerifier.verify(report, anchors, NONE.withVm(ReportMaker.VM), AT);
    assertEquals(Outcome.VERIFIED, right.outcome());
    assertTrue(claim(right, Subject.VM).required());
    var other = ReportVerifier.verify(report, anchors, NONE.withVm(new UUID(1, 2)), AT);
    assertEquals(Outcome.FALSE, other.outcome());
    assertEquals(Subject.VM, other.failures().get(0).subject());
    assertFalse(claim(verify(report), Subject.VM).required());
  }

  @Test
  void aSoftwareTpmFailsWhereHardwareIsWanted() throws Exception {
    var software =
        ReportVerifier.verify(enrol(maker.sign(tpm)), anchors, NONE.withHardwareTpm(), AT);
    assertEquals(Outcome.FALSE, software.outcome());
    assertEquals("SOFTWARE_TPM", software.failures().get(0).reason());
    tpm.device = "tpm";
    var hardware =
        ReportVerifier.verify(enrol(maker.sign(tpm)), anchors, NONE.withHardwareTpm(), AT);
    assertEquals(Outcome.VERIFIED, hardware.outcome());
    assertTrue(claim(hardware, Subject.HARDWARE_TPM).required());
  }

  private static Claim claim(ReportVerification verification, Subject subject) {
    return verification.claims().stream()
        .filter(c -> c.subject() == subject)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void withoutKeyEvidenceNothingIsDecided() throws Exception {
    SignedReport bare = SignedReport.parse(ReportMaker.sign(tpm, maker.claims()).bare().encoded());
    ReportVerification verification =
        ReportVerifier.verify(bare, anchors, NONE.withHardwareTpm(), AT);
    assertEquals(Outcome.UNDECIDED, verification.outcome());
    assertEquals(
        List.of(
            Subject.SIGNATURE,
            Subject.KEY_IDENTIFIER,
            Subject.KEY_EVIDENCE,
            Subject.ENROLMENT,
            Subject.NONCE,
            Subject.VM),
        verification.claims().stream()
            .filter(Claim.Unchecked.class::isInstance)
            .map(Claim::subject)
            .toList());
  }

  @Test
  void aMemoryThatHasNotTheSizeOfItsBlocksFails() throws Exception {
    // The root over the blocks holds, and so does the state hash over the component with its size.
    long size = maker.ramBlocks.stream().mapToLong(RamBlock::length).sum();
    CBORObject claims = maker.claims();
    component(claims, "memory").Set(3, size + 4096);
    SignedReport unhashed = SignedReport.parse(ReportMaker.sign(tpm, claims).encoded());
    claims.Set(-70002, StateRoots.stateHash(unhashed.report().components()).bytes());
    ReportVerification verification =
        verify(enrol(SignedReport.parse(ReportMaker.sign(tpm, claims).encoded())));
    assertEquals(
        List.of("MEMORY_SIZE"), verification.failures().stream().map(f -> f.reason()).toList());
  }

  private static CBORObject component(CBORObject claims, String name) {
    for (CBORObject component : measured(claims).get(CBORObject.FromObject(4)).getValues()) {
      if (component.get(0).AsString().equals(name)) {
        return component;
      }
    }
    throw new AssertionError(name);
  }

  @Test
  void anotherKeysSignatureFails() throws Exception {
    StandInTpm other = new StandInTpm();
    byte[] evidence = tpm.encodedEvidence();
    SignedReport forged =
        SignedReport.parse(
            ReportMaker.sign(other, maker.claims(), evidence, Digest.sha256(evidence)).encoded());
    ReportVerification verification = verify(enrol(forged));
    assertEquals(
        List.of(Subject.SIGNATURE), verification.failures().stream().map(Claim::subject).toList());
  }

  @Test
  void swappedEvidenceFails() throws Exception {
    byte[] evidence = tpm.encodedEvidence();
    SignedReport report =
        SignedReport.parse(
            ReportMaker.sign(tpm, maker.claims(), evidence, ReportMaker.digest("other")).encoded());
    ReportVerification verification = verify(enrol(report));
    assertEquals(
        List.of(Subject.KEY_IDENTIFIER),
        verification.failures().stream().map(Claim::subject).toList());
  }

  @Test
  void evidenceOfAnUnknownTpmFails() throws Exception {
    TrustAnchors others = new StandInTpm().anchors(enroller.certificate());
    ReportVerification verification =
        ReportVerifier.verify(enrol(maker.sign(tpm)), others, Optional.empty(), AT);
    assertEquals("ENDORSEMENT_CHAIN", verification.failures().get(0).reason());
  }

  @Test
  void aStateHashOfOtherComponentsFails() throws Exception {
    var failure = failure(c -> c.Set(-70002, ReportMaker.digest("other").bytes()));
    assertEquals("STATE_HASH", failure.reason());
  }

  @Test
  void ramBlocksThatAreNotTheMemoryFail() throws Exception {
    var failure =
        failure(
            c ->
                measured(c)
                    .get(CBORObject.FromObject(7))
                    .get(0)
                    .Set(2, ReportMaker.digest("other").bytes()));
    assertEquals(Subject.MEMORY, failure.subject());
    assertEquals("MEMORY_ROOT", failure.reason());
  }

  @Test
  void registersThatAreNotTheControlRegistersFail() throws Exception {
    var failure =
        failure(
            c -> measured(c).get(CBORObject.FromObject(5)).get(0).Set("CR4", ReportMaker.u64(0)));
    assertEquals("CPU_CONTROL_ROOT", failure.reason());
    failure =
        failure(
            c ->
                measured(c)
                    .get(CBORObject.FromObject(5))
                    .get(0)
                    .Remove(CBORObject.FromObject("CR4")));
    assertEquals("REGISTER_MISSING", failure.reason());
  }

  @Test
  void devicesThatAreNotTheDevicesFail() throws Exception {
    var failure =
        failure(
            c ->
                measured(c)
                    .get(CBORObject.FromObject(6))
                    .get(0)
                    .Set(3, ReportMaker.digest("other").bytes()));
    assertEquals("DEVICES_ROOT", failure.reason());
  }

  @Test
  void aComponentThatTheModuleDidNotMeasureFails() throws Exception {
    maker.devices.add(new Device("rtc", 0, 1, ReportMaker.digest("rtc")));
    var verification =
        verify(
            enrol(
                SignedReport.parse(
                    ReportMaker.sign(tpm, without(maker.claims(), "devices")).encoded())));
    assertTrue(
        verification.failures().stream().anyMatch(f -> f.reason().equals("COMPONENT_MISSING")));
  }

  private static CBORObject without(CBORObject claims, String component) {
    CBORObject list = measured(claims).get(CBORObject.FromObject(4));
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i).get(0).AsString().equals(component)) {
        list.RemoveAt(i);
      }
    }
    return claims;
  }
}
