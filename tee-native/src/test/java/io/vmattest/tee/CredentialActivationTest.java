// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.evidence.CredentialChallenge;
import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.core.evidence.TpmKeyEvidenceVerifier;
import io.vmattest.core.evidence.TrustAnchors;
import io.vmattest.tee.testing.EmulatedTpm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The TPM's side and the verifier's side of enrolment against each other. */
class CredentialActivationTest {
  @TempDir static Path tpmDirectory;
  @TempDir static Path state;
  static EmulatedTpm tpm;
  static SigningKey key;

  @BeforeAll
  static void open() throws Exception {
    tpm = EmulatedTpm.create(tpmDirectory);
    key = SigningKey.open(tpm.tcti(), state);
  }

  @AfterAll
  static void close() throws Exception {
    key.close();
    tpm.close();
  }

  private static CredentialChallenge challenge(byte[] attestationKeyName) throws Exception {
    return CredentialChallenge.make(
        KeyEvidence.parse(key.evidence()).endorsementKey(), attestationKeyName);
  }

  private static byte[] attestationKeyName() throws Exception {
    return KeyEvidence.parse(key.evidence()).attestationKeyName();
  }

  @Test
  void theTpmAnswersAChallengeForItsAttestationKey() throws Exception {
    for (int i = 0; i < 5; i++) {
      CredentialChallenge challenge = challenge(attestationKeyName());
      byte[] answer = key.activate(challenge.credential(), challenge.encryptedSecret());
      assertTrue(challenge.isAnsweredBy(answer));
      assertArrayEquals(challenge.secret(), answer);
    }
  }

  @Test
  void theTpmDoesNotAnswerAChallengeForAnotherKey() throws Exception {
    byte[] name = attestationKeyName();
    name[name.length - 1] ^= 1;
    CredentialChallenge challenge = challenge(name);
    assertThrows(
        TpmException.class,
        () -> key.activate(challenge.credential(), challenge.encryptedSecret()));
  }

  @Test
  void theTpmDoesNotAnswerAChangedChallenge() throws Exception {
    CredentialChallenge challenge = challenge(attestationKeyName());
    byte[] credential = challenge.credential();
    credential[credential.length - 1] ^= 1;
    assertThrows(TpmException.class, () -> key.activate(credential, challenge.encryptedSecret()));
  }

  @Test
  void theVerifierBelievesTheEvidenceUnderTheTpmsRoot() throws Exception {
    KeyEvidence evidence = KeyEvidence.parse(key.evidence());
    TrustAnchors anchors =
        TrustAnchors.ofPem(
            Files.readString(tpm.rootCertificate()) + Files.readString(tpm.issuerCertificate()),
            "");
    TpmKeyEvidenceVerifier.verify(evidence, anchors, Instant.now());
    assertEquals("swtpm", evidence.device());
  }
}
