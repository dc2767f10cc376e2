// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Walks x86-64 page tables. At most five reads an address: tables that loop end like others. */
final class PageTables {
  /** Results below 0 are faults: no physical address has bit 63. */
  static final long NOT_CANONICAL = -1;

  static final long NOT_MAPPED = -2;
  static final long NOT_BACKED = -3;

  /** Bits 51 to 12 of an entry; those above are protection keys and software's. */
  static final long ADDRESS_MASK = 0x000f_ffff_ffff_f000L;

  private static final long PRESENT = 1;
  private static final long PAGE_SIZE_BIT = 1L << 7;
  private static final int SHIFT_1_GIB = 30;
  private static final int SHIFT_4_KIB = 12;

  private final GuestMemory memory;
  private final long root;
  private final PagingMode mode;
  private final ByteBuffer entry = ByteBuffer.allocateDirect(8).order(ByteOrder.LITTLE_ENDIAN);

  PageTables(GuestMemory memory, long root, PagingMode mode) {
    this.memory = memory;
    this.root = root & ADDRESS_MASK;
    this.mode = mode;
  }

  long root() {
    return root;
  }

  PagingMode mode() {
    return mode;
  }

  /** The physical address, or a fault. */
  long translate(long virtual) {
    if (!mode.isCanonical(virtual)) {
      return NOT_CANONICAL;
    }
    long table = root;
    for (int shift = mode.topShift(); ; shift -= 9) {
      entry.clear();
      if (memory.read(table + ((virtual >>> shift) & 511) * 8, entry) < 8) {
        return NOT_BACKED;
      }
      long value = entry.getLong(0);
      if ((value & PRESENT) == 0) {
        return NOT_MAPPED;
      }
      boolean large = (value & PAGE_SIZE_BIT) != 0;
      if (large && shift > SHIFT_1_GIB) {
        return NOT_MAPPED; // A reserved bit: the processor faults as well.
      }
      if (large || shift == SHIFT_4_KIB) {
        long offset = (1L << shift) - 1;
        return (value & ADDRESS_MASK & ~offset) | (virtual & offset);
      }
      table = value & ADDRESS_MASK;
    }
  }

  /** The entry of the topmost table at an index from 0 to 511. */
  long topEntry(int index) throws MalformedGuestException {
    entry.clear();
    if (memory.read(root + index * 8L, entry) < 8) {
      throw new MalformedGuestException(
          Reason.NOT_BACKED, root, "no page table at this physical address");
    }
    return entry.getLong(0);
  }
}
