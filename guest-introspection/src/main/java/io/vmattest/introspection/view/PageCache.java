// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.RadixTree;
import io.vmattest.introspection.structure.Struct;
import io.vmattest.introspection.structure.Structures;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The pages of files that a guest has in memory: struct address_space has folios by their index
 * (Linux, include/linux/pagemap.h), each of one page or of 2^n that lie side by side.
 */
final class PageCache {
  static final int PAGE = 4096;

  private static final int PAGE_SHIFT = 12;

  /** What files may have beyond their ends, such as pages that are being cut off. */
  private static final int MORE = 1024;

  /** Without the cache that structures are read through: files would fill it. */
  private final GuestMemory content;

  private final RadixTree tree;
  private final Field host;
  private final Field tags;
  private final Field flags;
  private final Field mapping;
  private final Field index;
  private final Field pagesOfFolio;
  private final long records;
  private final long recordSize;
  private final long head;
  private final long upToDate;

  PageCache(Structures structures) throws MalformedGuestException {
    this.content = structures.kernel().addressSpace().memory();
    this.tree = new RadixTree(structures);
    Struct mappings = structures.struct("address_space");
    this.host = mappings.field("host");
    this.tags = mappings.field("i_pages");
    Struct folio = structures.struct("folio");
    this.flags = folio.field("flags");
    this.mapping = folio.field("mapping");
    this.index = folio.field("index");
    this.pagesOfFolio = folio.field("_folio_nr_pages");
    this.records = structures.space().u64(structures.symbol("vmemmap_base"));
    this.recordSize = structures.struct("page").size();
    this.head = flag(structures, "PG_head");
    this.upToDate = flag(structures, "PG_uptodate");
    if (recordSize < 16) {
      throw new MalformedGuestException(Reason.INVALID, records, "records of pages of odd size");
    }
  }

  private static long flag(Structures structures, String name) throws MalformedGuestException {
    OptionalInt bit = structures.kernel().types().enumerator("pageflags", name);
    return 1L
        << bit.orElseThrow(
            () -> new MalformedGuestException(Reason.MISSING, 0, "a kernel without " + name));
  }

  /** How many pages a file of so many bytes has. */
  static long pages(long size) {
    return (size + PAGE - 1) / PAGE;
  }

  /** Address of the struct inode that a struct address_space belongs to. */
  long inode(long addressSpace) throws MalformedGuestException {
    return host.pointer(addressSpace);
  }

  /**
   * The guest physical addresses of a file's first pages, by their number; those that are not in
   * memory, or not yet read from disk, are left out.
   *
   * @param most how many
   */
  Map<Long, Long> pages(long addressSpace, long most) throws MalformedGuestException {
    RadixTree.Entries found = tree.walk(tags.at(addressSpace), Math.toIntExact(most + MORE));
    if (found.fault().isPresent()) {
      throw found.fault().get();
    }
    Map<Long, Long> pages = new TreeMap<>();
    for (long folio : found.entries().values()) {
      add(folio, addressSpace, most, pages);
    }
    return pages;
  }

  private void add(long folio, long addressSpace, long most, Map<Long, Long> pages)
      throws MalformedGuestException {
    long state = flags.get(folio);
    if ((state & upToDate) == 0 || mapping.get(folio) != addressSpace) {
      return;
    }
    long count = (state & head) == 0 ? 1 : pagesOfFolio.get(folio);
    long first = index.get(folio);
    long frame = (folio - records) / recordSize;
    for (long i = 0; i < Math.min(count, most) && first >= 0 && first + i < most; i++) {
      pages.put(first + i, (frame + i) << PAGE_SHIFT);
    }
  }

  /** Whether all that the buffer has room for was read. */
  boolean read(long physicalAddress, ByteBuffer target) {
    int wanted = target.remaining();
    return content.read(physicalAddress, target) == wanted;
  }
}
