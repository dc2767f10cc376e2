// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The table of types of a BTF blob, by number. That each record and each name lies within the blob
 * is checked once; numbers of types are checked where they are followed.
 */
final class BtfTypes {
  private static final int MAGIC = 0xeb9f;
  private static final int HEADER = 24;
  private static final int RECORD = 12;

  private final long address;
  private final byte[] blob;
  private final ByteBuffer bytes;
  private final int strings;

  /** Where in the blob each type's record begins; type 0 is void and has none. */
  private final int[] records;

  private BtfTypes(long address, byte[] blob, int strings, int[] records) {
    this.address = address;
    this.blob = blob;
    this.bytes = ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN);
    this.strings = strings;
    this.records = records;
  }

  /**
   * @param blob kept, must not change
   * @param address where the guest has it
   */
  static BtfTypes parse(byte[] blob, long address) throws MalformedGuestException {
    ByteBuffer bytes = ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN);
    if (blob.length < HEADER || Short.toUnsignedInt(bytes.getShort(0)) != MAGIC) {
      throw malformed(address, "no BTF");
    }
    long header = Integer.toUnsignedLong(bytes.getInt(4));
    long types = header + Integer.toUnsignedLong(bytes.getInt(8));
    long typesEnd = types + Integer.toUnsignedLong(bytes.getInt(12));
    long strings = header + Integer.toUnsignedLong(bytes.getInt(16));
    long stringsEnd = strings + Integer.toUnsignedLong(bytes.getInt(20));
    if (header < HEADER || typesEnd > blob.length || stringsEnd > blob.length) {
      throw malformed(address, "BTF whose sections lie outside");
    }
    if (strings == stringsEnd || blob[(int) stringsEnd - 1] != 0) {
      throw malformed(address, "BTF whose last name does not end");
    }
    int[] records = records(bytes, (int) types, (int) typesEnd, stringsEnd - strings, address);
    return new BtfTypes(address, blob, (int) strings, records);
  }

  private static int[] records(ByteBuffer bytes, int from, int to, long names, long address)
      throws MalformedGuestException {
    int[] records = new int[(to - from) / RECORD + 1];
    int count = 1;
    for (int at = from; at < to; ) {
      if (to - at < RECORD) {
        throw malformed(address + at, "a BTF type that is cut off");
      }
      int info = bytes.getInt(at + 4);
      BtfKind kind = BtfKind.of(info >>> 24 & 0x1f).orElse(null);
      if (kind == null || Integer.toUnsignedLong(bytes.getInt(at)) >= names) {
        throw malformed(address + at, "a BTF type of no known kind, or with a name outside");
      }
      int size = RECORD + kind.extra(info & 0xffff);
      if (size > to - at) {
        throw malformed(address + at, "a BTF type that is cut off");
      }
      records[count++] = at;
      at += size;
    }
    return Arrays.copyOf(records, count);
  }

  /** How many there are, void included. */
  int count() {
    return records.length;
  }

  BtfKind kind(int id) throws MalformedGuestException {
    return kindOf(record(id));
  }

  String name(int id) throws MalformedGuestException {
    return nameAt(bytes.getInt(record(id)));
  }

  int vlen(int id) throws MalformedGuestException {
    return bytes.getInt(record(id) + 4) & 0xffff;
  }

  boolean kindFlag(int id) throws MalformedGuestException {
    return bytes.getInt(record(id) + 4) < 0;
  }

  /** The size in bytes, or the number of another type: by the kind. */
  int sizeOrType(int id) throws MalformedGuestException {
    return bytes.getInt(record(id) + 8);
  }

  /**
   * A 32-bit word of what follows the record.
   *
   * @param word within what the type's kind and vlen say that there is
   */
  int extra(int id, int word) throws MalformedGuestException {
    return bytes.getInt(record(id) + RECORD + word * 4);
  }

  /** The name at an offset of the section of names. */
  String nameAt(int offset) throws MalformedGuestException {
    long at = strings + Integer.toUnsignedLong(offset);
    if (at >= blob.length) {
      throw malformed(address, "a BTF name outside");
    }
    return NameIndex.text(blob, (int) at);
  }

  /** The structs and unions that have a name. */
  NameIndex composites() {
    int[] starts = new int[records.length];
    starts[0] = -1;
    for (int id = 1; id < records.length; id++) {
      int name = bytes.getInt(records[id]);
      starts[id] = name != 0 && kindOf(records[id]).isComposite() ? strings + name : -1;
    }
    return new NameIndex(blob, starts);
  }

  MalformedGuestException malformed(int id, String why) {
    return malformed(address, "BTF type " + id + " " + why);
  }

  private int record(int id) throws MalformedGuestException {
    if (id <= 0 || id >= records.length) {
      throw malformed(address, "no BTF type has the number " + id);
    }
    return records[id];
  }

  private BtfKind kindOf(int record) {
    return BtfKind.of(bytes.getInt(record + 4) >>> 24 & 0x1f).orElseThrow();
  }

  private static MalformedGuestException malformed(long address, String why) {
    return new MalformedGuestException(Reason.INVALID, address, why);
  }
}
