// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.tee.testing.EmulatedTpm;
import java.nio.ByteBuffer;
import java.nio.file.Path;
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

  private static void assertTpmAnswers(SigningKey key) {
    TpmException e = refusal(key);
    assertFalse(e.unreachable(), e::toString);
    assertTrue(e.detail().startsWith("activating the credential: tpm:"), e::detail);
  }

  @Test
  void anOpenKeySaysThatTheTpmIsGoneAndWorksOnceItIsBack() throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      assertTpmAnswers(key);
      tpm.kill();
      assertTrue(refusal(key).unreachable());
      assertTrue(refusal(key).unreachable());
      tpm.start();
      assertTpmAnswers(key);
    }
  }

  @Test
  void aRestartBetweenTwoCallsGoesUnnoticed() throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      assertTpmAnswers(key);
      tpm.stop();
      tpm.start();
      assertTpmAnswers(key);
    }
  }

  @Test
  void manyPowerCutsDoNotLockTheKey() throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      for (int i = 0; i < 5; i++) {
        tpm.kill();
        tpm.start();
        assertTpmAnswers(key);
      }
    }
  }

  @Test
  void aKeyOpensWhereOthersLeftTheTpmFull() throws Exception {
    for (int i = 0; i < 4; i++) {
      try (SigningKey first = SigningKey.open(tpm.tcti(), state);
          SigningKey second = SigningKey.open(tpm.tcti(), state)) {
        assertTpmAnswers(first);
        assertTpmAnswers(second);
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
