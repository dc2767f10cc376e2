// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.ledger.LedgerEntryData.Type;
import io.vmattest.core.report.Digest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LedgerEntryDataTest {
  private static LedgerEntryData entry(Type type, Optional<UUID> vm) {
    return new LedgerEntryData(
        70_000,
        type,
        Instant.parse("2026-06-01T00:00:00.123Z"),
        vm,
        Digest.sha256(new byte[] {1}),
        Digest.sha256(new byte[] {2}));
  }

  @ParameterizedTest
  @EnumSource(Type.class)
  void whatIsEncodedIsReadAgain(Type type) throws Exception {
    for (Optional<UUID> vm : Arrays.asList(Optional.<UUID>empty(), Optional.of(new UUID(1, -2)))) {
      LedgerEntryData entry = entry(type, vm);
      assertEquals(entry, LedgerEntryData.parse(entry.encoded()));
    }
  }

  @Test
  void whatIsReadHasNoOtherEncoding() {
    byte[] encoded = entry(Type.REPORT, Optional.of(new UUID(1, 2))).encoded();
    Random random = new Random(1);
    for (int round = 0; round < 20_000; round++) {
      byte[] changed = Arrays.copyOf(encoded, encoded.length - random.nextInt(2));
      changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
      try {
        assertEquals(
            Digest.sha256(changed), LedgerEntryData.parse(changed).hash(), () -> "not canonical");
      } catch (MalformedEntryException e) {
        // Refused, as it must be.
      }
    }
  }

  @Test
  void whatIsNoEntryIsRefused() {
    for (byte[] other : new byte[][] {{}, {0}, {(byte) 0x80}, new byte[200]}) {
      assertThrows(MalformedEntryException.class, () -> LedgerEntryData.parse(other));
    }
  }
}
