// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.tee.testing.EmulatedTpm;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TpmOutageTest {
  @TempDir Path tpmDirectory;
  @TempDir Path state;
  private EmulatedTpm tpm;

  @BeforeEach
  void startTpm() throws Exception {
    tpm = EmulatedTpm.create(tpmDirectory);
  }

  @AfterEach
  void stopTpm() throws Exception {
    tpm.close();
  }

  /** Has the TPM look at a well-formed credential that is not for it. */
  private static TpmException refusal(SigningKey key) {
    byte[] credential = ByteBuffer.allocate(2 + 34).putShort((short) 34).array();
    byte[] secret = ByteBuffer.allocate(2 + 256).putShort((short) 256).array();
    return assertThrows(TpmException.class, () -> key.activate(credential, secret));
  }

  /** A signature is what a locked TPM or a lost handle would not give. */
  private static void assertSigns(SigningKey key) throws Exception {
    HostClaims claims = HostClaims.builder(new UUID(1, 2), "vm", "host", "timer").build();
    try (Capture capture = RecordedCapture.measured()) {
      assertTrue(DecodedReport.of(key.sign(capture, claims)).isSigned());
    }
  }

  @Test
  void anOpenKeySaysThatTheTpmIsGoneAndWorksOnceItIsBack() throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      assertSigns(key);
      tpm.kill();
      assertTrue(refusal(key).unreachable());
      assertTrue(refusal(key).unreachable());
      tpm.start();
      assertSigns(key);
    }
  }

  @Test
  void aRestartBetweenTwoCallsGoesUnnoticed() throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      assertSigns(key);
      tpm.stop();
      tpm.start();
      assertSigns(key);
    }
  }

  @Test
  void manyPowerCutsDoNotLockTheKey() throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      for (int i = 0; i < 5; i++) {
        tpm.kill();
        tpm.start();
        assertSigns(key);
      }
    }
  }

  @Test
  void aKeyOpensWhereOthersLeftTheTpmFull() throws Exception {
    for (int i = 0; i < 4; i++) {
      try (SigningKey first = SigningKey.open(tpm.tcti(), state);
          SigningKey second = SigningKey.open(tpm.tcti(), state)) {
        assertSigns(first);
        assertSigns(second);
      }
    }
  }

  @Test
  void closingAKeyWhoseTpmIsGoneIsQuiet() throws Exception {
    SigningKey key = SigningKey.open(tpm.tcti(), state);
    tpm.kill();
    key.close();
  }
}
