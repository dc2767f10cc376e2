// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.ptr.PointerByReference;
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
  private static final int SLOT = 5;

  /** VMTEE_COUNTER_INDEX and the slot. */
  private static final int INDEX = 0x0180564d + SLOT;

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
      CounterReading first = key.counter(SLOT);
      CounterReading next = key.incrementCounter(SLOT);
      assertEquals(new CounterReading(first.id(), first.nvName(), first.value() + 1), next);
      tpm.kill();
      assertTrue(assertThrows(TpmException.class, () -> key.incrementCounter(SLOT)).unreachable());
      assertTrue(assertThrows(TpmException.class, () -> key.counter(SLOT)).unreachable());
      tpm.start();
      assertEquals(next, key.counter(SLOT));
      assertEquals(next.value() + 1, key.incrementCounter(SLOT).value());
    }
  }

  @Test
  void theTpmHasOneWhateverKeyAsks(@TempDir Path otherState) throws Exception {
    CounterReading counted;
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      counted = key.incrementCounter(SLOT);
    }
    try (SigningKey other = SigningKey.open(tpm.tcti(), otherState)) {
      assertEquals(counted, other.counter(SLOT));
    }
  }

  @Test
  void anotherTpmHasAnother(@TempDir Path otherDirectory, @TempDir Path otherState)
      throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state);
        EmulatedTpm otherTpm = EmulatedTpm.create(otherDirectory);
        SigningKey otherKey = SigningKey.open(otherTpm.tcti(), otherState)) {
      CounterReading mine = key.counter(SLOT);
      CounterReading theirs = otherKey.counter(SLOT);
      assertEquals(mine.nvName(), theirs.nvName());
      assertNotEquals(mine.id(), theirs.id());
    }
  }

  @Test
  void twoSlotsCountApart() throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      CounterReading other = key.counter(SLOT + 1);
      CounterReading one = key.incrementCounter(SLOT);
      assertNotEquals(one.id(), other.id());
      assertNotEquals(one.nvName(), other.nvName());
      assertEquals(other, key.counter(SLOT + 1));
      assertEquals(other.value() + 1, key.incrementCounter(SLOT + 1).value());
      assertEquals(one, key.counter(SLOT));
    }
  }

  /** 256 and more would be another one if only their last byte went on. */
  @Test
  void aSlotOutOfRangeIsRefused() throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      for (int slot : new int[] {-1, SigningKey.COUNTER_SLOTS, 255, 256, 256 + SLOT}) {
        assertThrows(IllegalArgumentException.class, () -> key.counter(slot));
        assertThrows(IllegalArgumentException.class, () -> key.incrementCounter(slot));
      }
      assertTrue(key.counter(SigningKey.COUNTER_SLOTS - 1).value() > 0);
    }
  }

  /** The module's limit is the binding's. */
  @Test
  void theModuleRefusesTheFirstSlotThatTheBindingDoes() throws Exception {
    VmteeLibrary library = NativeLibrary.get();
    PointerByReference opened = new PointerByReference();
    assertEquals(0, library.vmtee_key_open(tpm.tcti(), state.toString(), opened));
    var counter = new VmteeLibrary.NativeCounter();
    for (byte slot : new byte[] {SigningKey.COUNTER_SLOTS, -1}) {
      assertEquals(-Errno.EINVAL, library.vmtee_counter_read(opened.getValue(), slot, counter));
    }
    library.vmtee_key_close(opened.getValue());
  }

  /** As who has nothing but the key's evidence would compute it. */
  @Test
  void itsIdFollowsFromTheEndorsementKey() throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      CounterReading counter = key.counter(SLOT);
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
      TpmException refused = assertThrows(TpmException.class, () -> key.counter(SLOT));
      assertTrue(refused.counterTaken(), refused::getMessage);
      assertTrue(refused.detail().contains("something else"), refused::detail);
      assertTrue(assertThrows(TpmException.class, () -> key.incrementCounter(SLOT)).counterTaken());
    }
  }

  @Test
  void aClosedKeyDoesNotCount() throws Exception {
    SigningKey key = SigningKey.open(tpm.tcti(), state);
    key.close();
    assertThrows(IllegalStateException.class, () -> key.counter(SLOT));
    assertThrows(IllegalStateException.class, () -> key.incrementCounter(SLOT));
  }

  @Test
  void whatAnIncrementCosts() throws Exception {
    try (SigningKey key = SigningKey.open(tpm.tcti(), state)) {
      long before = key.counter(SLOT).value();
      long begin = System.nanoTime();
      for (int i = 0; i < TIMED; i++) {
        key.incrementCounter(SLOT);
      }
      double seconds = (System.nanoTime() - begin) / 1e9;
      System.out.printf("counter on swtpm: %.0f increments/s%n", TIMED / seconds);
      assertEquals(before + TIMED, key.counter(SLOT).value());
    }
  }
}
