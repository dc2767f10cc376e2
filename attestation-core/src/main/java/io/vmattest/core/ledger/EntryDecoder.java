// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import io.vmattest.core.cbor.CborItem;
import io.vmattest.core.cbor.MalformedCborException;
import io.vmattest.core.cbor.StrictCbor;
import io.vmattest.core.ledger.LedgerEntryData.Type;
import io.vmattest.core.report.Digest;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Reads the one encoding that an entry has, and nothing else. */
final class EntryDecoder {
  /** 105 bytes are the most that an entry has (docs/ledger-format.md). */
  private static final int MAX_SIZE = 128;

  private static final int FIELDS = 6;
  private static final int UUID_SIZE = 16;

  private EntryDecoder() {}

  static LedgerEntryData decode(byte[] encoded) throws MalformedEntryException {
    try {
      List<CborItem> fields = StrictCbor.decode(encoded, "entry", MAX_SIZE).array(FIELDS, FIELDS);
      return new LedgerEntryData(
          fields.get(0).uint(),
          type(fields.get(1)),
          fields.get(2).epochMilli(),
          vm(fields.get(3)),
          digest(fields.get(4)),
          digest(fields.get(5)));
    } catch (MalformedCborException e) {
      throw new MalformedEntryException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Type type(CborItem item) throws MalformedCborException {
    long code = item.uint();
    return Arrays.stream(Type.values())
        .filter(type -> type.code() == code)
        .findFirst()
        .orElseThrow(() -> item.malformed("is no type of an entry"));
  }

  private static Optional<UUID> vm(CborItem item) throws MalformedCborException {
    if (item.isNil()) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.wrap(item.bytes(UUID_SIZE, UUID_SIZE));
    return Optional.of(new UUID(bytes.getLong(), bytes.getLong()));
  }

  private static Digest digest(CborItem item) throws MalformedCborException {
    return Digest.of(item.bytes(Digest.SIZE, Digest.SIZE));
  }
}
