// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.ledger.LedgerBrokenException.Reason;
import io.vmattest.core.ledger.LedgerEntryData.Type;
import io.vmattest.core.report.Digest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LedgerChainTest {
  private static final Instant AT = Instant.parse("2026-06-01T12:00:00.123Z");

  private static List<LedgerEntryData> chain(int n) {
    List<LedgerEntryData> entries = new ArrayList<>();
    Digest previous = LedgerEntryData.GENESIS;
    for (int i = 0; i < n; i++) {
      LedgerEntryData entry =
          new LedgerEntryData(
              i,
              Type.REPORT,
              AT.plusSeconds(i),
              i % 2 == 0 ? Optional.of(new UUID(1, 2)) : Optional.empty(),
              Digest.sha256(new byte[] {(byte) i}),
              previous);
      entries.add(entry);
      previous = entry.hash();
    }
    return entries;
  }

  private static void verify(List<LedgerEntryData> entries, List<Digest> hashes)
      throws LedgerBrokenException {
    LedgerChain chain = new LedgerChain();
    for (int i = 0; i < entries.size(); i++) {
      chain.verify(entries.get(i), hashes.get(i));
    }
  }

  private static List<Digest> hashes(List<LedgerEntryData> entries) {
    return new ArrayList<>(entries.stream().map(LedgerEntryData::hash).toList());
  }

  @Test
  void anUntouchedLedgerVerifies() throws Exception {
    List<LedgerEntryData> entries = chain(20);
    LedgerChain chain = new LedgerChain();
    for (LedgerEntryData entry : entries) {
      chain.verify(entry, entry.hash());
    }
    assertEquals(20, chain.next());
    assertEquals(entries.get(19).hash(), chain.head());
  }

  @Test
  void theEncodingIsDeterministicCborOfTheFields() {
    LedgerEntryData entry =
        new LedgerEntryData(
            0,
            Type.VERDICT,
            AT,
            Optional.empty(),
            LedgerEntryData.GENESIS,
            LedgerEntryData.GENESIS);
    String zeros = "5820" + "00".repeat(32);
    assertEquals(
        "860002" + "1b" + "%016x".formatted(AT.toEpochMilli()) + "f6" + zeros + zeros,
        HexFormat.of().formatHex(entry.encoded()));
  }

  @Test
  void anEditedEntryIsFoundByItsHash() {
    List<LedgerEntryData> entries = chain(5);
    List<Digest> hashes = hashes(entries);
    LedgerEntryData old = entries.get(2);
    entries.set(
        2, new LedgerEntryData(2, Type.VERDICT, old.at(), old.vm(), old.body(), old.previous()));
    var broken = assertThrows(LedgerBrokenException.class, () -> verify(entries, hashes));
    assertEquals(Reason.HASH, broken.reason());
    assertEquals(2, broken.index());
  }

  @Test
  void anEntryEditedWithItsHashIsFoundByTheNext() {
    List<LedgerEntryData> entries = chain(5);
    LedgerEntryData old = entries.get(2);
    entries.set(
        2,
        new LedgerEntryData(
            2, old.type(), old.at().plusMillis(1), old.vm(), old.body(), old.previous()));
    var broken = assertThrows(LedgerBrokenException.class, () -> verify(entries, hashes(entries)));
    assertEquals(Reason.PREVIOUS, broken.reason());
    assertEquals(3, broken.index());
  }

  @Test
  void aDroppedEntryIsFoundByItsIndex() {
    List<LedgerEntryData> entries = chain(5);
    entries.remove(1);
    var broken = assertThrows(LedgerBrokenException.class, () -> verify(entries, hashes(entries)));
    assertEquals(Reason.INDEX, broken.reason());
    assertEquals(1, broken.index());
  }

  @Test
  void theChainGoesOnFromAKnownHead() throws Exception {
    List<LedgerEntryData> entries = chain(5);
    LedgerChain chain = new LedgerChain(3, entries.get(2).hash());
    chain.verify(entries.get(3), entries.get(3).hash());
    assertEquals(4, chain.next());
  }

  @Test
  void aBodyMustBeTheOneThatTheEntryDigests() throws Exception {
    LedgerEntryData entry = chain(1).get(0);
    LedgerChain chain = new LedgerChain();
    var e =
        assertThrows(
            LedgerBrokenException.class, () -> chain.verify(entry, entry.hash(), new byte[] {1}));
    assertEquals(Reason.BODY, e.reason());
    assertEquals(0, e.index());
    assertEquals(0, chain.next());
    chain.verify(entry, entry.hash(), new byte[] {0});
    assertEquals(1, chain.next());
  }

  @Test
  void theHeadMustBeWhereTheEntriesEnd() throws Exception {
    List<LedgerEntryData> entries = chain(2);
    LedgerChain chain = new LedgerChain();
    chain.verifyEnd(0, LedgerEntryData.GENESIS);
    for (LedgerEntryData entry : entries) {
      chain.verify(entry, entry.hash());
    }
    Digest head = entries.get(1).hash();
    chain.verifyEnd(2, head);
    for (long size : new long[] {0, 1, 3}) {
      var e = assertThrows(LedgerBrokenException.class, () -> chain.verifyEnd(size, head));
      assertEquals(Reason.HEAD, e.reason());
    }
    assertThrows(LedgerBrokenException.class, () -> chain.verifyEnd(2, entries.get(0).hash()));
  }
}
