// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.Arrays;

/** Expands the compressed names and offsets of {@link KallsymsTables}. Used once. */
final class KallsymsDecoder {
  private static final int MAX_POOL = 24 << 20;

  private final KallsymsTables tables;
  private final byte[] types;
  private final int[] starts;
  private byte[] pool;
  private int end;

  KallsymsDecoder(KallsymsTables tables) {
    this.tables = tables;
    this.types = new byte[tables.count()];
    this.starts = new int[tables.count()];
    this.pool = new byte[tables.names().length * 2 + NameIndex.MAX_NAME + 2];
  }

  Kallsyms decode() throws MalformedGuestException {
    long[] addresses = addresses();
    int at = 0;
    for (int i = 0; i < types.length; i++) {
      at = name(i, at);
    }
    return new Kallsyms(addresses, types, Arrays.copyOf(pool, end), starts);
  }

  /** The first character of the expansion is the type. */
  private int name(int number, int at) throws MalformedGuestException {
    byte[] names = tables.names();
    int first = at + KallsymsTables.lengthSize(names, at);
    int behind = first + KallsymsTables.length(names, at);
    reserve();
    int begin = end;
    for (int i = first; i < behind; i++) {
      byte[] token = tables.tokens()[names[i] & 0xff];
      if (end - begin + token.length > NameIndex.MAX_NAME + 1) {
        throw malformed(number, "has a name of too many characters");
      }
      // Most tokens are a few characters: a loop is faster than a call.
      for (byte character : token) {
        pool[end++] = character;
      }
    }
    if (end - begin < 2) {
      throw malformed(number, "has no name");
    }
    types[number] = pool[begin];
    starts[number] = begin + 1;
    pool[end++] = 0;
    return behind;
  }

  private void reserve() throws MalformedGuestException {
    if (end > MAX_POOL) {
      throw new MalformedGuestException(
          Reason.TOO_LARGE, tables.relativeBase(), "the names of symbols take too much room");
    }
    if (pool.length - end < NameIndex.MAX_NAME + 2) {
      pool = Arrays.copyOf(pool, pool.length * 2);
    }
  }

  /**
   * With any offset below 0, those are relative to the base and the others absolute (per-CPU); with
   * none, all are relative to the base.
   */
  private long[] addresses() throws MalformedGuestException {
    IntBuffer offsets =
        ByteBuffer.wrap(tables.offsets()).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    long[] addresses = new long[types.length];
    boolean anyNegative = false;
    for (int i = 0; i < addresses.length; i++) {
      anyNegative |= offsets.get(i) < 0;
    }
    for (int i = 0; i < addresses.length; i++) {
      int offset = offsets.get(i);
      if (!anyNegative) {
        addresses[i] = tables.relativeBase() + offset;
      } else {
        addresses[i] = offset >= 0 ? offset : tables.relativeBase() - 1 - offset;
      }
      if (i > 0 && Long.compareUnsigned(addresses[i - 1], addresses[i]) > 0) {
        throw malformed(i, "is out of order");
      }
    }
    return addresses;
  }

  private MalformedGuestException malformed(int number, String why) {
    return new MalformedGuestException(
        Reason.INVALID, tables.relativeBase(), "symbol " + number + " " + why);
  }
}
