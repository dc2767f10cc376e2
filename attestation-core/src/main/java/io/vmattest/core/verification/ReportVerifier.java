// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.verification;

import static io.vmattest.core.verification.Expectations.NONE;

import io.vmattest.core.evidence.Enrolment;
import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.core.evidence.KeyEvidenceException;
import io.vmattest.core.evidence.TpmKeyEvidenceVerifier;
import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.verification.Claim.Fails;
import io.vmattest.core.verification.Claim.Holds;
import io.vmattest.core.verification.Claim.Subject;
import io.vmattest.core.verification.Claim.Unchecked;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Checks a signed report against what a verifier trusts; needs nothing but its arguments. */
public final class ReportVerifier {
  private static final String SOFTWARE_TPM = "swtpm";
  private static final String NO_EVIDENCE = "The report carries no key evidence";

  private final SignedReport signed;
  private final AttestationReport report;
  private final TrustAnchors anchors;
  private final Instant at;
  private final List<Claim> claims = new ArrayList<>();

  private ReportVerifier(SignedReport signed, TrustAnchors anchors, Instant at) {
    this.signed = signed;
    this.report = signed.report();
    this.anchors = anchors;
    this.at = at;
  }

  /**
   * Checks every claim and says what holds and what does not.
   *
   * @param nonce what the report must carry, where the caller asked with one
   * @param at the instant at which certificates must be valid
   */
  public static ReportVerification verify(
      SignedReport report, TrustAnchors anchors, Optional<byte[]> nonce, Instant at) {
    return verify(report, anchors, nonce.map(NONE::withNonce).orElse(NONE), at);
  }

  /**
   * Checks every claim and says what holds and what does not.
   *
   * @param at the instant at which certificates must be valid
   */
  public static ReportVerification verify(
      SignedReport report, TrustAnchors anchors, Expectations expectations, Instant at) {
    ReportVerifier verifier = new ReportVerifier(report, anchors, at);
    verifier.checkKey(expectations.hardwareTpm());
    verifier.checkNonce(expectations.nonce());
    verifier.checkVm(expectations.vm());
    verifier.checkState();
    return new ReportVerification(verifier.claims);
  }

  /**
   * @throws ReportNotVerifiedException unless the outcome is VERIFIED
   */
  public static void verifyOrThrow(
      SignedReport report, TrustAnchors anchors, Optional<byte[]> nonce, Instant at)
      throws ReportNotVerifiedException {
    ReportVerification verification = verify(report, anchors, nonce, at);
    if (verification.outcome() != ReportVerification.Outcome.VERIFIED) {
      throw new ReportNotVerifiedException(verification);
    }
  }

  private void checkKey(boolean hardwareTpm) {
    Optional<byte[]> encoded = signed.keyEvidence();
    if (encoded.isEmpty()) {
      claims.add(new Unchecked(Subject.SIGNATURE, NO_EVIDENCE + ", so its key is not known."));
      claims.add(new Unchecked(Subject.KEY_IDENTIFIER, NO_EVIDENCE + "."));
      claims.add(new Unchecked(Subject.KEY_EVIDENCE, NO_EVIDENCE + "."));
      claims.add(new Unchecked(Subject.ENROLMENT, NO_EVIDENCE + "."));
      return;
    }
    try {
      KeyEvidence evidence = KeyEvidence.parse(encoded.get());
      checkSignature(evidence);
      checkKeyIdentifier(evidence.digest());
      checkKeyEvidence(evidence);
      checkEnrolment(evidence);
      if (hardwareTpm) {
        checkDevice(evidence);
      }
    } catch (KeyEvidenceException e) {
      claims.add(new Unchecked(Subject.SIGNATURE, "The key evidence is not readable."));
      checkKeyIdentifier(Digest.sha256(encoded.get()));
      claims.add(fails(Subject.KEY_EVIDENCE, e));
      claims.add(new Unchecked(Subject.ENROLMENT, "The key evidence is not readable."));
    }
  }

  private void checkSignature(KeyEvidence evidence) {
    try {
      claims.add(
          signed.isSignedBy(evidence.signingPublicKey())
              ? new Holds(
                  Subject.SIGNATURE, "The evidence's signing key signed the report (ES256).")
              : new Fails(
                  Subject.SIGNATURE,
                  "SIGNATURE",
                  "The evidence's signing key did not sign the report (RFC 9052, 4.4)."));
    } catch (KeyEvidenceException e) {
      claims.add(fails(Subject.SIGNATURE, e));
    }
  }

  private void checkKeyIdentifier(Digest evidence) {
    claims.add(
        evidence.equals(report.keyEvidence())
            ? new Holds(Subject.KEY_IDENTIFIER, "The report names this key evidence.")
            : new Fails(
                Subject.KEY_IDENTIFIER,
                "KEY_IDENTIFIER",
                "The report names the key evidence %s, but carries %s."
                    .formatted(report.keyEvidence(), evidence)));
  }

  private void checkKeyEvidence(KeyEvidence evidence) {
    if (anchors.endorsementRoots().isEmpty()) {
      claims.add(
          new Unchecked(
              Subject.KEY_EVIDENCE,
              "No endorsement root was given, so that the key may live anywhere."));
      return;
    }
    try {
      TpmKeyEvidenceVerifier.verify(evidence, anchors, at);
      claims.add(
          new Holds(
              Subject.KEY_EVIDENCE,
              "The signing key is certified by the attestation key %s a trusted root endorses (%s)."
                  .formatted(
                      evidence.device().equals(SOFTWARE_TPM)
                          ? "of a software TPM (swtpm) that"
                          : "of a TPM that",
                      evidence.description())));
    } catch (KeyEvidenceException e) {
      claims.add(fails(Subject.KEY_EVIDENCE, e));
    }
  }

  private void checkEnrolment(KeyEvidence evidence) {
    Optional<byte[]> encoded = signed.enrolment();
    if (encoded.isEmpty() || anchors.enrollers().isEmpty()) {
      claims.add(
          new Unchecked(
              Subject.ENROLMENT,
              (encoded.isEmpty() ? "The report carries no enrolment" : "No enroller was given")
                  + ", so that the attestation key may be another device's than the endorsed one's."));
      return;
    }
    try {
      Enrolment enrolment = Enrolment.parse(encoded.get());
      enrolment.verify(evidence, anchors, at);
      claims.add(
          new Holds(
              Subject.ENROLMENT,
              "%s saw the attestation key answer for the endorsed TPM at %s."
                  .formatted(enrolment.enroller().getSubjectX500Principal(), enrolment.at())));
    } catch (KeyEvidenceException e) {
      claims.add(fails(Subject.ENROLMENT, e));
    }
  }

  private void checkDevice(KeyEvidence evidence) {
    claims.add(
        evidence.device().equals(SOFTWARE_TPM)
            ? new Fails(
                Subject.HARDWARE_TPM,
                "SOFTWARE_TPM",
                "The key lives in a software TPM (%s), whose keys are as safe as its host."
                    .formatted(evidence.description()))
            : new Holds(
                Subject.HARDWARE_TPM,
                "The key evidence says that the key lives in a hardware TPM (%s)."
                    .formatted(evidence.description())));
  }

  private void checkVm(Optional<UUID> wanted) {
    if (wanted.isEmpty()) {
      claims.add(
          new Unchecked(
              Subject.VM,
              "No virtual machine was given, so that the report may be about another one."));
      return;
    }
    claims.add(
        report.vmId().equals(wanted.get())
            ? new Holds(Subject.VM, "The report is about the virtual machine that was given.")
            : new Fails(
                Subject.VM,
                "VM",
                "The report is about the virtual machine %s, not %s."
                    .formatted(report.vmId(), wanted.get())));
  }

  private void checkNonce(Optional<byte[]> wanted) {
    if (wanted.isEmpty()) {
      claims.add(
          new Unchecked(
              Subject.NONCE, "No nonce was given, so that the report may be an old one."));
      return;
    }
    boolean holds =
        report.nonce().isPresent() && MessageDigest.isEqual(wanted.get(), report.nonce().get());
    claims.add(
        holds
            ? new Holds(Subject.NONCE, "The report carries the nonce that was given.")
            : new Fails(
                Subject.NONCE,
                "NONCE",
                report.nonce().isPresent()
                    ? "The report carries another nonce than the one given (RFC 9711, 4.1)."
                    : "The report carries no nonce (RFC 9711, 4.1)."));
  }

  private void checkState() {
    check(Subject.MEMORY, StateRoots::requireMemory, "Component memory adds up.");
    check(Subject.CPU_CONTROL, StateRoots::requireCpuControl, "Component cpu/control adds up.");
    check(Subject.DEVICES, StateRoots::requireDevices, "Component devices adds up.");
    check(Subject.STATE_HASH, StateRoots::requireStateHash, "The state hash adds up.");
  }

  private void check(Subject subject, RootCheck check, String sentence) {
    try {
      check.require(report);
      claims.add(new Holds(subject, sentence));
    } catch (StateRootException e) {
      claims.add(new Fails(subject, e.reason().name(), String.valueOf(e.getMessage())));
    }
  }

  private static Fails fails(Subject subject, KeyEvidenceException e) {
    return new Fails(subject, e.reason().name(), String.valueOf(e.getMessage()));
  }

  @FunctionalInterface
  private interface RootCheck {
    void require(AttestationReport report) throws StateRootException;
  }
}
