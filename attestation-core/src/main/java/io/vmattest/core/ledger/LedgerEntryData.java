// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import io.vmattest.core.cbor.CborWriter;
import io.vmattest.core.report.Digest;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;

/**
 * One link of the ledger: what is hashed.
 *
 * @param index from 0, without gaps
 * @param at to the millisecond
 * @param vm the virtual machine that it is about, where it is about one
 * @param body SHA-256 of the entry's body
 * @param previous hash of the entry before; {@link #GENESIS} for index 0
 */
public record LedgerEntryData(
    long index, Type type, Instant at, Optional<UUID> vm, Digest body, Digest previous) {
  public LedgerEntryData {
    if (index < 0) {
      throw new IllegalArgumentException("an index of the ledger is not negative");
    }
    // What is hashed must be what a database gives back.
    at = at.truncatedTo(ChronoUnit.MILLIS);
  }

  /** What stands for the hash of the entry before the first: 32 zero bytes. */
  public static final Digest GENESIS = Digest.of(new byte[Digest.SIZE]);

  /** No encoding is longer, in bytes. */
  private static final int EXPECTED = 128;

  /** What an entry records; the code is what is hashed. */
  public enum Type {
    REPORT(1),
    VERDICT(2),
    ROLLBACK(3),
    ENROLMENT(4),
    POLICY(5),
    /** A message that was not taken for a report, and why. */
    REJECTED(6),
    BASELINE(7),
    /** What became of kept snapshots: dropped, checked, or no case any more. */
    SNAPSHOT(8),
    /** Reference Values of a kernel were taken in. */
    KERNEL(9),
    /** Of the ledger itself: keys changed, or an older database was acknowledged. */
    LEDGER(10),
    /** A host fell silent, or is back. */
    HOST(11),
    /** What was done about a discrepancy, or refused: quarantines, proposals, windows. */
    REACTION(12);

    private final int code;

    Type(int code) {
      this.code = code;
    }

    public int code() {
      return code;
    }
  }

  /** Deterministic CBOR: [index, type, milliseconds since 1970, vm / null, body, previous]. */
  public byte[] encoded() {
    CborWriter writer =
        new CborWriter(EXPECTED)
            .array(6)
            .integer(index)
            .integer(type.code())
            .integer(at.toEpochMilli());
    vm.ifPresentOrElse(id -> writer.bytes(bytes(id)), writer::nil);
    return writer.bytes(body.bytes()).bytes(previous.bytes()).encoded();
  }

  /**
   * Reads what {@link #encoded} gives.
   *
   * @throws MalformedEntryException for anything else, also for another encoding of the same
   */
  public static LedgerEntryData parse(byte[] encoded) throws MalformedEntryException {
    return EntryDecoder.decode(encoded);
  }

  private static byte[] bytes(UUID uuid) {
    return ByteBuffer.allocate(16)
        .putLong(uuid.getMostSignificantBits())
        .putLong(uuid.getLeastSignificantBits())
        .array();
  }

  /** SHA-256 of the encoding. */
  public Digest hash() {
    return Digest.sha256(encoded());
  }
}
