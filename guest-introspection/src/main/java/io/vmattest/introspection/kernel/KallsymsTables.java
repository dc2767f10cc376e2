// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The bytes of the kernel's own symbol tables (Linux, scripts/kallsyms.c), read but not decoded.
 * Their order in memory differs between kernels and is not relied on.
 */
final class KallsymsTables {
  static final int TOKENS = 256;

  private static final int MAX_SYMBOLS = 1 << 20;
  private static final int MAX_NAMES = 8 << 20;
  private static final int MAX_TOKEN = 511;
  private static final int PIECE = 64 << 10;

  private final int count;
  private final byte[] names;
  private final byte[][] tokens;
  private final byte[] offsets;
  private final long relativeBase;

  private KallsymsTables(
      int count, byte[] names, byte[][] tokens, byte[] offsets, long relativeBase) {
    this.count = count;
    this.names = names;
    this.tokens = tokens;
    this.offsets = offsets;
    this.relativeBase = relativeBase;
  }

  static KallsymsTables read(AddressSpace space, KernelMap map) throws MalformedGuestException {
    long count = count(space, map);
    return new KallsymsTables(
        (int) count,
        names(space, map.kallsymsNames(), (int) count),
        tokens(space, map),
        space.bytes(map.kallsymsOffsets(), count * 4, MAX_SYMBOLS * 4),
        space.u64(map.kallsymsRelativeBase()));
  }

  private static long count(AddressSpace space, KernelMap map) throws MalformedGuestException {
    long count = space.u32(map.kallsymsCount());
    if (count == 0 || count > MAX_SYMBOLS) {
      throw new MalformedGuestException(
          Reason.TOO_LARGE, map.kallsymsCount(), "kallsyms of " + count + " symbols");
    }
    return count;
  }

  int count() {
    return count;
  }

  /** One after the other: a length as {@link #length} has it, then so many numbers of tokens. */
  byte[] names() {
    return names;
  }

  /** What each of the {@link #TOKENS} stands for. */
  byte[][] tokens() {
    return tokens;
  }

  /** A signed 32-bit number a symbol. */
  byte[] offsets() {
    return offsets;
  }

  long relativeBase() {
    return relativeBase;
  }

  /** Whether a kernel has the same, so that reading and decoding its own would give the same. */
  boolean areIn(AddressSpace space, KernelMap map) throws MalformedGuestException {
    return count == count(space, map)
        && relativeBase == space.u64(map.kallsymsRelativeBase())
        && Arrays.deepEquals(tokens, tokens(space, map))
        && space.holds(map.kallsymsNames(), names)
        && space.holds(map.kallsymsOffsets(), offsets);
  }

  /** How many bytes a name's length takes: two, if bit 7 of the first is set. */
  static int lengthSize(byte[] names, int at) {
    return names[at] < 0 ? 2 : 1;
  }

  /** How many tokens make up the name. */
  static int length(byte[] names, int at) {
    return names[at] < 0 ? (names[at] & 0x7f) | (names[at + 1] & 0xff) << 7 : names[at];
  }

  private static byte[] names(AddressSpace space, long start, int count)
      throws MalformedGuestException {
    byte[] bytes = new byte[PIECE];
    int filled = space.read(start, ByteBuffer.wrap(bytes));
    int at = 0;
    for (int i = 0; i < count; i++) {
      // Nothing tells how long the table is but the names themselves.
      while (at + 2 > filled || at + lengthSize(bytes, at) + length(bytes, at) > filled) {
        if (filled + PIECE > MAX_NAMES) {
          throw new MalformedGuestException(Reason.TOO_LARGE, start, "kallsyms_names without end");
        }
        if (filled + PIECE > bytes.length) {
          bytes = Arrays.copyOf(bytes, Math.min(bytes.length * 2, MAX_NAMES));
        }
        int got = space.read(start + filled, ByteBuffer.wrap(bytes, filled, PIECE));
        if (got == 0) {
          throw new MalformedGuestException(
              Reason.NOT_MAPPED, start + filled, "kallsyms_names ends too early");
        }
        filled += got;
      }
      if (length(bytes, at) == 0) {
        throw new MalformedGuestException(Reason.INVALID, start + at, "a symbol without a name");
      }
      at += lengthSize(bytes, at) + length(bytes, at);
    }
    return Arrays.copyOf(bytes, at);
  }

  private static byte[][] tokens(AddressSpace space, KernelMap map) throws MalformedGuestException {
    byte[][] tokens = new byte[TOKENS][];
    for (int i = 0; i < TOKENS; i++) {
      int index = space.u16(map.kallsymsTokenIndex() + i * 2L);
      tokens[i] =
          space
              .cString(map.kallsymsTokens() + index, MAX_TOKEN)
              .getBytes(StandardCharsets.ISO_8859_1);
    }
    return tokens;
  }
}
