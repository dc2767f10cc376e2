// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.upokecenter.cbor.CBORObject;
import io.vmattest.tee.testing.EmulatedTpm;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SigningKeyTest {
  @TempDir static Path tpmDirectory;
  static EmulatedTpm tpm;

  @TempDir Path state;

  @BeforeAll
  static void startTpm() throws Exception {
    tpm = EmulatedTpm.create(tpmDirectory);
  }

  @AfterAll
  static void stopTpm() throws Exception {
    tpm.close();
  }

  private byte[] evidence() throws TeeException {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      return key.evidence();
    }
  }

  @Test
  void theKeyPersistsOverReopening() throws Exception {
    assertArrayEquals(evidence(), evidence());
  }

  @Test
  void theKeyPersistsOverARestartOfTheTpm() throws Exception {
    byte[] before = evidence();
    tpm.stop();
    tpm.start();
    assertArrayEquals(before, evidence());
  }

  @Test
  void anotherStateDirectoryHasAnotherKey(@TempDir Path other) throws Exception {
    byte[] mine = evidence();
    try (SigningKey key = SigningKey.open(tpm.tcti(), other)) {
      assertFalse(Arrays.equals(mine, key.evidence()));
    }
  }

  @Test
  void theKeyFileIsItsOwnersAlone() throws Exception {
    evidence();
    assertEquals(
        PosixFilePermissions.fromString("rw-------"),
        Files.getPosixFilePermissions(state.resolve("attestation.key")));
  }

  @Test
  void theEvidenceNamesTheEmulatorAndHoldsItsEndorsementCertificate() throws Exception {
    CBORObject evidence = CBORObject.DecodeFromBytes(evidence());
    assertEquals("tpm2", evidence.get(1).AsString());
    assertEquals("swtpm", evidence.get(2).AsString());
    assertEquals(1, evidence.get(3).size());
    certificate(evidence.get(3).get(0).GetByteString())
        .verify(certificate(Files.readAllBytes(tpm.issuerCertificate())).getPublicKey());
    assertTrue(evidence.get(9).AsString().startsWith("IBM "), evidence.get(9)::AsString);
  }

  /** As an emulator looks behind a virtual /dev/tpmrm0: only it itself can tell. */
  @Test
  void theEvidenceNamesTheEmulatorAlsoWhereItsTransportDoesNot() throws Exception {
    String tcti = tpm.tcti().replaceFirst("^swtpm", "libtss2-tcti-swtpm.so.0");
    try (SigningKey key = SigningKey.open(tcti, state)) {
      assertEquals("swtpm", CBORObject.DecodeFromBytes(key.evidence()).get(2).AsString());
    }
  }

  @Test
  void theEvidenceHoldsTheIssuersThatTheOperatorProvides() throws Exception {
    Files.copy(tpm.issuerCertificate(), state.resolve("ek-issuers.pem"));
    CBORObject chain = CBORObject.DecodeFromBytes(evidence()).get(3);
    assertEquals(2, chain.size());
    assertEquals(
        certificate(Files.readAllBytes(tpm.issuerCertificate())),
        certificate(chain.get(1).GetByteString()));
  }

  @Test
  void issuersThatAreNoCertificatesAreRefused() throws Exception {
    Files.writeString(state.resolve("ek-issuers.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n");
    TpmException e = assertThrows(TpmException.class, this::evidence);
    assertTrue(e.detail().contains("ek-issuers.pem"), e::detail);
  }

  @Test
  void aDamagedKeyFileIsRefusedAndKept() throws Exception {
    evidence();
    Path file = state.resolve("attestation.key");
    byte[] good = Files.readAllBytes(file);
    for (int position : new int[] {0, 20, good.length / 2, good.length - 1}) {
      byte[] bad = good.clone();
      bad[position] ^= 1;
      Files.write(file, bad);
      TpmException e = assertThrows(TpmException.class, this::evidence);
      assertTrue(e.detail().contains("damaged"), e::detail);
      assertArrayEquals(bad, Files.readAllBytes(file));
    }
    Files.write(file, Arrays.copyOf(good, good.length - 1));
    assertThrows(TpmException.class, this::evidence);
  }

  @Test
  void keysOfAnotherTpmAreRefused(@TempDir Path otherTpm, @TempDir Path otherState)
      throws Exception {
    evidence();
    try (EmulatedTpm other = EmulatedTpm.create(otherTpm)) {
      Files.copy(
          state.resolve("attestation.key"),
          otherState.resolve("attestation.key"),
          StandardCopyOption.REPLACE_EXISTING);
      TpmException e =
          assertThrows(TpmException.class, () -> SigningKey.open(other.tcti(), otherState));
      assertTrue(e.detail().contains("another TPM"), e::detail);
    }
  }

  @Test
  void aTpmThatIsNotThereIsSaidSo() {
    TpmException e =
        assertThrows(
            TpmException.class,
            () -> SigningKey.open("swtpm:path=" + state.resolve("nothing"), state));
    assertTrue(e.unreachable());
    assertTrue(e.detail().contains("no TPM answers"), e::detail);
  }

  @Test
  void aMissingStateDirectoryIsAStorageFailure() {
    assertThrows(
        StorageException.class, () -> SigningKey.open(tpm.tcti(), state.resolve("missing")));
  }

  @Test
  void whatIsNoCredentialIsRefused() throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      assertThrows(TpmException.class, () -> key.activate(new byte[3], new byte[3]));
      assertThrows(TpmException.class, () -> key.activate(new byte[0], new byte[0]));
    }
  }

  @Test
  void aClosedKeyRefusesCalls() throws Exception {
    SigningKey key = SigningKey.open(tpm.tcti(), state);
    key.close();
    key.close();
    assertThrows(IllegalStateException.class, key::evidence);
  }

  private static X509Certificate certificate(byte[] encoded) throws Exception {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(encoded));
  }
}
