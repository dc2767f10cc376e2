// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import io.vmattest.introspection.memory.PhysicalRange;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Findings;
import io.vmattest.introspection.structure.Struct;
import io.vmattest.introspection.structure.Structures;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Finds task_structs by the memory that they are made of: all pages that the allocator keeps for
 * them, told by the kernel's own record of each page (SLUB; struct slab overlays struct page).
 */
final class SlabCarve {
  private static final int PAGE_SHIFT = 12;
  private static final int PAGES_AT_ONCE = 1024;
  private static final int MAX_PAGE_STRUCT = 128;
  private static final long MAX_SLAB = 1 << 20;
  private static final long MAX_USAGE = 1 << 30;

  /** How many objects are looked at: more than tasks, for those that are free stay. */
  private static final int MAX_OBJECTS = 1 << 20;

  private final Structures structures;
  private final Findings findings;
  private final AddressSpace space;
  private final long cache;
  private final long records;
  private final long directMap;
  private final int recordSize;
  private final long objectSize;
  private final long firstObject;
  private final Field slabCache;
  private final Field objects;
  private final SlabMark mark;
  private int objectsLeft = MAX_OBJECTS;

  SlabCarve(Structures structures, Findings findings) throws MalformedGuestException {
    this.structures = structures;
    this.findings = findings;
    this.space = structures.space();
    this.cache = space.u64(structures.symbol("task_struct_cachep"));
    this.records = space.u64(structures.symbol("vmemmap_base"));
    this.directMap = space.u64(structures.symbol("page_offset_base"));
    Struct slab = structures.struct("slab");
    this.recordSize = (int) slab.size();
    this.slabCache = slab.field("slab_cache");
    this.objects = slab.field("objects");
    Struct caches = structures.struct("kmem_cache");
    this.objectSize = caches.field("size").get(cache);
    this.firstObject = caches.has("red_left_pad") ? caches.field("red_left_pad").get(cache) : 0;
    this.mark = SlabMark.of(structures);
    // What follows is as large as the CPU's registers are, not as the type has it.
    long least = structures.struct("task_struct").field("thread").offset();
    if (recordSize < 16 || recordSize > MAX_PAGE_STRUCT || slab.size() != pageSize()) {
      throw new MalformedGuestException(Reason.INVALID, records, "records of pages of odd size");
    }
    if (objectSize < least || objectSize > MAX_SLAB || firstObject > MAX_SLAB) {
      throw new MalformedGuestException(Reason.INVALID, cache, "a cache of odd objects");
    }
  }

  private long pageSize() throws MalformedGuestException {
    return structures.struct("page").size();
  }

  /** Those that live: with a stack, in use, not done with. */
  List<Long> tasks(TaskFields fields) {
    List<Long> found = new ArrayList<>();
    ByteBuffer chunk =
        ByteBuffer.allocate(PAGES_AT_ONCE * recordSize).order(ByteOrder.LITTLE_ENDIAN);
    for (PhysicalRange range : space.memory().ranges()) {
      long end = range.end() >>> PAGE_SHIFT;
      for (long page = range.start() >>> PAGE_SHIFT; page < end; page += PAGES_AT_ONCE) {
        chunk.clear().limit((int) Math.min(PAGES_AT_ONCE, end - page) * recordSize);
        int got = space.read(records + page * recordSize, chunk);
        for (int i = 0; i < got / recordSize; i++) {
          if (objectsLeft > 0
              && chunk.getLong(i * recordSize + (int) slabCache.offset()) == cache
              && mark.isSlab(chunk, i * recordSize)) {
            slab(page + i, fields, found);
          }
        }
      }
    }
    return found;
  }

  private void slab(long page, TaskFields fields, List<Long> found) {
    long record = records + page * recordSize;
    try {
      long count = objects.get(record);
      long first = directMap + (page << PAGE_SHIFT) + firstObject;
      objectsLeft -= (int) Math.min(count, objectsLeft);
      if (count > MAX_SLAB / objectSize
          || objectsLeft == 0
          || found.size() + count > 2L * TaskCensus.MAX_TASKS) {
        throw new MalformedGuestException(Reason.TOO_LARGE, record, "a slab of too many objects");
      }
      for (int i = 0; i < count; i++) {
        if (lives(first + i * objectSize, fields)) {
          found.add(first + i * objectSize);
        }
      }
    } catch (MalformedGuestException e) {
      findings.malformed("slab of task_struct", e);
    }
  }

  /**
   * What is freed keeps most of its content, but has no users. The pointers are looked at because a
   * place that was never used holds what was there before, where memory is not cleared.
   */
  private boolean lives(long task, TaskFields fields) throws MalformedGuestException {
    long usage = fields.usage.get(task);
    return usage > 0
        && usage < MAX_USAGE
        && (fields.state.get(task) & TaskState.TASK_DEAD) == 0
        && leads(fields.stack.get(task))
        && leads(fields.signal.get(task))
        && leads(fields.realCred.get(task));
  }

  private boolean leads(long pointer) {
    return pointer < 0 && space.translate(pointer).isPresent();
  }

  /** How a page says that it is a slab: a flag up to 6.9, a type of page in 6.11 and later. */
  private record SlabMark(int offset, int size, long mask, long value) {
    static SlabMark of(Structures structures) throws MalformedGuestException {
      Struct page = structures.struct("page");
      OptionalInt flag = structures.kernel().types().enumerator("pageflags", "PG_slab");
      if (flag.isPresent()) {
        long bit = 1L << flag.getAsInt();
        return new SlabMark((int) page.field("flags").offset(), 8, bit, bit);
      }
      OptionalInt type = structures.kernel().types().enumerator("pagetype", "PGTY_slab");
      if (type.isPresent()) {
        long value = (long) type.getAsInt() << 24;
        return new SlabMark((int) page.field("page_type").offset(), 4, 0xff00_0000L, value);
      }
      throw new MalformedGuestException(Reason.MISSING, 0, "no mark of slab pages is known");
    }

    boolean isSlab(ByteBuffer records, int at) {
      long word =
          size == 8
              ? records.getLong(at + offset)
              : Integer.toUnsignedLong(records.getInt(at + offset));
      return (word & mask) == value;
    }
  }
}
