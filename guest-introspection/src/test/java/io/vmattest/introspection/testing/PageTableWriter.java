// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.testing;

/** Writes page tables into memory, taking new tables from a place of their own. */
public final class PageTableWriter {
  private static final long ADDRESS_MASK = 0x000f_ffff_ffff_f000L;
  private static final long PRESENT_WRITABLE = 3;
  private static final long PAGE_SIZE_BIT = 0x80;

  private final ArrayMemory memory;
  private final long root;
  private final int topShift;
  private long nextTable;

  /**
   * @param levels 4 or 5
   */
  public PageTableWriter(ArrayMemory memory, long root, int levels, long nextTable) {
    this.memory = memory;
    this.root = root;
    this.topShift = 12 + 9 * (levels - 1);
    this.nextTable = nextTable;
  }

  /**
   * Maps one page.
   *
   * @param leafShift 12, 21 or 30, by the size of the page
   * @return the physical address of the entry
   */
  public long map(long virtual, long physical, int leafShift) {
    long table = root;
    for (int shift = topShift; shift > leafShift; shift -= 9) {
      long entry = entry(table, virtual, shift);
      if (memory.get64(entry) == 0) {
        memory.put64(entry, nextTable | PRESENT_WRITABLE);
        nextTable += 4096;
      }
      table = memory.get64(entry) & ADDRESS_MASK;
    }
    long leaf = entry(table, virtual, leafShift);
    memory.put64(leaf, physical | PRESENT_WRITABLE | (leafShift > 12 ? PAGE_SIZE_BIT : 0));
    return leaf;
  }

  public void mapPages(long virtual, long physical, int pages) {
    for (long offset = 0; offset < pages * 4096L; offset += 4096) {
      map(virtual + offset, physical + offset, 12);
    }
  }

  private static long entry(long table, long virtual, int shift) {
    return table + (virtual >>> shift & 511) * 8;
  }
}
