// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.PhysicalRange;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * Looks through all memory for what may be VMCOREINFO. QEMU's own note of it is not relied on: the
 * guest writes it only where the driver qemu_fw_cfg is loaded.
 */
final class VmcoreInfoScan {
  private static final int PAGE = 4096;
  private static final int CHUNK = 1 << 20;

  /** The header and the name of the ELF note, before the text. */
  private static final int NOTE_HEADER = 24;

  /** "OSRELEAS", little-endian; the rest is for the parser. */
  private static final long FIRST_WORD = 0x5341454c4552534fL;

  /** What is done with a candidate. */
  interface Visitor<T> {
    /** Empty, if the scan is to go on. */
    Optional<T> visit(long physicalAddress);
  }

  private VmcoreInfoScan() {}

  /**
   * What the visitor finds first, in the order of addresses.
   *
   * @param likely pages that are looked at before all others
   */
  static <T> Optional<T> scan(GuestMemory memory, List<Long> likely, Visitor<T> visitor) {
    ByteBuffer page = ByteBuffer.allocate(PAGE).order(ByteOrder.LITTLE_ENDIAN);
    for (long at : likely) {
      memory.read(at, page.clear());
      Optional<T> found = pages(page.flip(), at, visitor);
      if (found.isPresent()) {
        return found;
      }
    }
    return scan(memory, visitor);
  }

  static <T> Optional<T> scan(GuestMemory memory, Visitor<T> visitor) {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    for (PhysicalRange range : memory.ranges()) {
      for (long at = roundUp(range.start()); at < range.end(); at += CHUNK) {
        chunk.clear().limit((int) Math.min(CHUNK, range.end() - at));
        memory.read(at, chunk);
        Optional<T> found = pages(chunk.flip(), at, visitor);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static <T> Optional<T> pages(ByteBuffer chunk, long start, Visitor<T> visitor) {
    for (int page = 0; page + NOTE_HEADER + Long.BYTES <= chunk.limit(); page += PAGE) {
      for (int offset = 0; offset <= NOTE_HEADER; offset += NOTE_HEADER) {
        if (chunk.getLong(page + offset) == FIRST_WORD) {
          Optional<T> found = visitor.visit(start + page + offset);
          if (found.isPresent()) {
            return found;
          }
        }
      }
    }
    return Optional.empty();
  }

  private static long roundUp(long address) {
    return (address + PAGE - 1) & -PAGE;
  }
}
