// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.cose.Es256;
import io.vmattest.core.evidence.CredentialChallenge;
import io.vmattest.core.evidence.Enrolment;
import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.TestCertificates;
import io.vmattest.core.testing.TestCertificates.Identity;
import io.vmattest.tee.Capture;
import io.vmattest.tee.HostClaims;
import io.vmattest.tee.SigningKey;
import io.vmattest.tee.testing.EmulatedTpm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A report that the measurement module made of a real stream and a TPM (swtpm) signed. */
class GenuineReportTest {
  private static final Path STREAM = Path.of("../tee-native/src/test/c/data/microvm.stream");
  private static final byte[] NONCE = {1, 2, 3, 4, 5, 6, 7, 8};

  @TempDir Path folder;
  @TempDir Path tpmFolder;
  private final Identity enroller = TestCertificates.selfSigned("Enroller");

  private static void requireParts() {
    if (!Files.isExecutable(Path.of("/usr/bin/swtpm")) || !Files.exists(STREAM)) {
      System.out.println("SKIPPED: needs the Debian package swtpm-tools, and " + STREAM);
      Assumptions.abort("no swtpm, or no recorded stream");
    }
  }

  /** As the server does it: challenge the TPM, and only then say that it answered. */
  private byte[] enrol(SigningKey key) throws Exception {
    KeyEvidence evidence = KeyEvidence.parse(key.evidence());
    CredentialChallenge challenge =
        CredentialChallenge.make(evidence.endorsementKey(), evidence.attestationKeyName());
    assertTrue(
        challenge.isAnsweredBy(key.activate(challenge.credential(), challenge.encryptedSecret())));
    return Enrolment.issue(
        evidence, Instant.now(), enroller.certificate(), Es256.signer(enroller.key().getPrivate()));
  }

  private CommandRun verify(Path report, String... more) {
    List<String> args = new ArrayList<>(List.of("report", "verify", report.toString()));
    args.addAll(List.of(more));
    return CommandRun.of(Map.of("HOME", folder.toString()), args.toArray(String[]::new));
  }

  @Test
  void aGenuineReportIsVerifiedOffline() throws Exception {
    requireParts();
    Path report = folder.resolve("report.cose");
    Path roots = folder.resolve("roots.pem");
    Path enrollers = PemFiles.certificate(folder.resolve("enroller.pem"), enroller.certificate());
    try (EmulatedTpm tpm = EmulatedTpm.create(tpmFolder);
        SigningKey key = SigningKey.open(tpm.tcti(), folder);
        Capture capture = PlayedCapture.measured(Files.readAllBytes(STREAM))) {
      HostClaims claims =
          HostClaims.builder(UUID.randomUUID(), "vm", "host", "request").nonce(NONCE).build();
      SignedReport signed = SignedReport.parse(key.sign(capture, claims)).withEnrolment(enrol(key));
      Files.write(report, signed.encoded());
      Files.writeString(
          roots,
          Files.readString(tpm.rootCertificate()) + Files.readString(tpm.issuerCertificate()));
    }
    String[] trust = {"--endorsement-root", roots.toString(), "--enroller", enrollers.toString()};

    CommandRun run =
        verify(
            report,
            trust[0],
            trust[1],
            trust[2],
            trust[3],
            "--nonce",
            "0102030405060708",
            "--json");
    assertEquals(0, run.exitCode(), run.toString());
    assertTrue(run.err().contains("software TPM"), run.err());
    assertEquals(3, verify(report, trust[0], trust[1]).exitCode(), "no enroller");

    byte[] altered = Files.readAllBytes(report);
    altered[altered.length / 2] ^= 1;
    Files.write(report, altered);
    assertEquals(1, verify(report, trust).exitCode());
  }
}
