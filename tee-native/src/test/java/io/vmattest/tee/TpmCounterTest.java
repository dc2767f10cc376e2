// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.evidence.KeyEvidence;
import io.vmattest.tee.testing.EmulatedTpm;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TpmCounterTest {
  /** VMTEE_COUNTER_INDEX. */
  private static final int INDEX = 0x0180564d;

  private static final int TIMED = 500;

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

  @Test
  void itGrowsByOneAndSurvivesAPowerCut() throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      CounterReading first = key.counter();
      CounterReading next = key.incrementCounter();
      assertEquals(new CounterReading(first.id(), first.nvName(), first.value() + 1), next);
      tpm.kill();
      assertTrue(assertThrows(TpmException.class, key::incrementCounter).unreachable());
      assertTrue(assertThrows(TpmException.class, key::counter).unreachable());
      tpm.start();
      assertEquals(next, key.counter());
      assertEquals(next.value() + 1, key.incrementCounter().value());
    }
  }

  @Test
  void theTpmHasOneWhateverKeyAsks(@TempDir Path otherState) throws Exception {
    CounterReading counted;
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      counted = key.incrementCounter();
    }
    try (SigningKey other = SigningKey.open(tpm.tcti(), otherState)) {
      assertEquals(counted, other.counter());
    }
  }

  @Test
  void anotherTpmHasAnother(@TempDir Path otherDirectory, @TempDir Path otherState)
      throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state);
        EmulatedTpm otherTpm = EmulatedTpm.create(otherDirectory);
        SigningKey otherKey = SigningKey.open(otherTpm.tcti(), otherState)) {
      CounterReading mine = key.counter();
      CounterReading theirs = otherKey.counter();
      assertEquals(mine.nvName(), theirs.nvName());
      assertNotEquals(mine.id(), theirs.id());
    }
  }

  /** As who has nothing but the key's evidence would compute it. */
  @Test
  void itsIdFollowsFromTheEndorsementKey() throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      CounterReading counter = key.counter();
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(nameOf(KeyEvidence.parse(key.evidence()).endorsementKey()));
      byte[] digest = sha256.digest(HexFormat.of().parseHex(counter.nvName()));
      assertEquals(HexFormat.of().formatHex(Arrays.copyOf(digest, 16)), counter.id());
    }
  }

  /** TPM 2.0 part 1, 16. */
  private static byte[] nameOf(byte[] publicArea) throws Exception {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(publicArea);
    return ByteBuffer.allocate(34).put((byte) 0).put((byte) 0x0b).put(digest).array();
  }

  @Test
  void whatElseHasItsPlaceIsRefused() throws Exception {
    tpm.defineOrdinaryIndex(INDEX);
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      TpmException refused = assertThrows(TpmException.class, key::counter);
      assertTrue(refused.counterTaken(), refused::getMessage);
      assertTrue(refused.detail().contains("something else"), refused::detail);
      assertTrue(assertThrows(TpmException.class, key::incrementCounter).counterTaken());
    }
  }

  @Test
  void aClosedKeyDoesNotCount() throws Exception {
    SigningKey key = SigningKey.open(tpm.tcti(), state);
    key.close();
    assertThrows(IllegalStateException.class, key::counter);
    assertThrows(IllegalStateException.class, key::incrementCounter);
  }

  @Test
  void whatAnIncrementCosts() throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      long before = key.counter().value();
      long begin = System.nanoTime();
      for (int i = 0; i < TIMED; i++) {
        key.incrementCounter();
      }
      double seconds = (System.nanoTime() - begin) / 1e9;
      System.out.printf("counter on swtpm: %.0f increments/s%n", TIMED / seconds);
      assertEquals(before + TIMED, key.counter().value());
    }
  }
}
