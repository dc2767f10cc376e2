// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * Virtual memory of a guest, little-endian, through one set of page tables. Translations are
 * remembered, so that the memory must not change meanwhile. Not for several threads at once.
 */
public final class AddressSpace {
  private static final int PAGE_SHIFT = 12;
  private static final int PAGE_SIZE = 1 << PAGE_SHIFT;
  private static final int TLB_ENTRIES = 256;
  private static final int STRING_PIECE = 64;

  /** Pages that lie side by side are read at once, up to so many bytes. */
  private static final int MAX_RUN = 64 << 10;

  private final GuestMemory memory;
  private final PageTables tables;
  private final long[] tlbTags = new long[TLB_ENTRIES];
  private final long[] tlbFrames = new long[TLB_ENTRIES];
  private final ByteBuffer word = ByteBuffer.allocateDirect(8).order(ByteOrder.LITTLE_ENDIAN);

  /**
   * @param root physical address of the topmost page table, as in CR3: its low 12 bits are ignored
   */
  public AddressSpace(GuestMemory memory, long root, PagingMode mode) {
    this.memory = memory;
    this.tables =
        new PageTables(
            memory instanceof CachedMemory ? memory : new CachedMemory(memory), root, mode);
  }

  /** The same virtual memory, read through another view of the physical one. */
  public AddressSpace through(GuestMemory other) {
    return new AddressSpace(other, tables.root(), tables.mode());
  }

  /**
   * Another virtual memory of the same guest.
   *
   * @param root as for the constructor
   */
  public AddressSpace withRoot(long root) {
    return new AddressSpace(memory, root, tables.mode());
  }

  public GuestMemory memory() {
    return memory;
  }

  /** The physical address; empty where the page tables map nothing. It need not be backed. */
  public OptionalLong translate(long virtual) {
    long physical = physical(virtual);
    return physical < 0 ? OptionalLong.empty() : OptionalLong.of(physical);
  }

  /**
   * The entry of the topmost page table at an index from 0 to 511.
   *
   * @throws MalformedGuestException if there is no memory where the table should be
   */
  public long topEntry(int index) throws MalformedGuestException {
    return tables.topEntry(index);
  }

  /** Copies into the buffer's remaining space up to the first byte that is not there. */
  public int read(long virtual, ByteBuffer target) {
    int copied = 0;
    while (target.hasRemaining()) {
      long at = virtual + copied;
      long physical = physical(at);
      if (physical < 0) {
        break;
      }
      int limit = target.limit();
      int wanted = run(at, physical, Math.min(target.remaining(), MAX_RUN));
      target.limit(target.position() + wanted);
      int got = memory.read(physical, target);
      target.limit(limit);
      copied += got;
      if (got < wanted) {
        break;
      }
    }
    return copied;
  }

  /** How many of the bytes from an address on lie side by side, at least those of its page. */
  private int run(long virtual, long physical, int wanted) {
    int run = PAGE_SIZE - (int) (virtual & (PAGE_SIZE - 1));
    while (run < wanted && physical(virtual + run) == physical + run) {
      run += PAGE_SIZE;
    }
    return Math.min(run, wanted);
  }

  /** Fills the buffer's remaining space. */
  public void readFully(long virtual, ByteBuffer target) throws MalformedGuestException {
    int wanted = target.remaining();
    int got = read(virtual, target);
    if (got < wanted) {
      throw absent(virtual + got);
    }
  }

  /**
   * A copy.
   *
   * @param length the guest's word on it
   * @param limit ours
   * @throws MalformedGuestException if it is longer, or not all there
   */
  public byte[] bytes(long virtual, long length, int limit) throws MalformedGuestException {
    if (length < 0 || length > limit) {
      throw new MalformedGuestException(
          Reason.TOO_LARGE, virtual, Long.toUnsignedString(length) + " bytes, above " + limit);
    }
    byte[] bytes = new byte[(int) length];
    readFully(virtual, ByteBuffer.wrap(bytes));
    return bytes;
  }

  /** Whether all these bytes stand there; without a copy of as many. */
  public boolean holds(long virtual, byte[] expected) {
    ByteBuffer block = ByteBuffer.allocate(Math.min(expected.length, MAX_RUN));
    for (int at = 0; at < expected.length; at += block.capacity()) {
      int length = Math.min(block.capacity(), expected.length - at);
      if (read(virtual + at, block.clear().limit(length)) < length
          || !Arrays.equals(block.array(), 0, length, expected, at, at + length)) {
        return false;
      }
    }
    return true;
  }

  public int u8(long virtual) throws MalformedGuestException {
    return Byte.toUnsignedInt(word(virtual, 1).get(0));
  }

  public int u16(long virtual) throws MalformedGuestException {
    return Short.toUnsignedInt(word(virtual, 2).getShort(0));
  }

  public long u32(long virtual) throws MalformedGuestException {
    return Integer.toUnsignedLong(word(virtual, 4).getInt(0));
  }

  public int s32(long virtual) throws MalformedGuestException {
    return word(virtual, 4).getInt(0);
  }

  /** All 64 bits; also for pointers. */
  public long u64(long virtual) throws MalformedGuestException {
    return word(virtual, 8).getLong(0);
  }

  /**
   * The bytes up to the first zero, one character each.
   *
   * @param limit how many bytes may come before the zero
   * @throws MalformedGuestException if there are more, or memory ends before
   */
  public String cString(long virtual, int limit) throws MalformedGuestException {
    StringBuilder text = new StringBuilder();
    byte[] piece = new byte[STRING_PIECE];
    while (text.length() <= limit) {
      long at = virtual + text.length();
      int got = read(at, ByteBuffer.wrap(piece));
      int end = indexOfZero(piece, got);
      text.append(new String(piece, 0, end, StandardCharsets.ISO_8859_1));
      if (end < got && text.length() <= limit) {
        return text.toString();
      }
      if (end == got && got < piece.length) {
        throw absent(at + got);
      }
    }
    throw new MalformedGuestException(
        Reason.TOO_LARGE, virtual, "a string without an end in " + limit + " bytes");
  }

  private static int indexOfZero(byte[] bytes, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes[i] == 0) {
        return i;
      }
    }
    return length;
  }

  private ByteBuffer word(long virtual, int size) throws MalformedGuestException {
    word.clear().limit(size);
    readFully(virtual, word);
    return word;
  }

  private long physical(long virtual) {
    long page = virtual >>> PAGE_SHIFT;
    int slot = (int) (page & (TLB_ENTRIES - 1));
    // Plus one, so that an empty slot is no page's.
    if (tlbTags[slot] != page + 1) {
      long physical = tables.translate(virtual);
      if (physical < 0) {
        return physical;
      }
      tlbTags[slot] = page + 1;
      tlbFrames[slot] = physical & -PAGE_SIZE;
    }
    return tlbFrames[slot] | (virtual & (PAGE_SIZE - 1));
  }

  private MalformedGuestException absent(long virtual) {
    long physical = physical(virtual);
    if (physical == PageTables.NOT_CANONICAL) {
      return new MalformedGuestException(Reason.NOT_CANONICAL, virtual, "not an address");
    }
    return physical == PageTables.NOT_MAPPED
        ? new MalformedGuestException(Reason.NOT_MAPPED, virtual, "not mapped")
        : new MalformedGuestException(Reason.NOT_BACKED, virtual, "no memory behind the address");
  }
}
