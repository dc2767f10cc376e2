// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.mutation;

import io.vmattest.introspection.kernel.Kernel;
import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.PhysicalRange;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where damage to a guest has most effect; all are physical addresses.
 *
 * @param pages that a full look reads, beside the search through all memory
 * @param structures those of them that the views read
 * @param pointers words of the structures that are kernel addresses
 * @param lists the pointers to the next of a list_head
 * @param nodes words that lead to nodes of XArrays
 * @param counts words of the structures that are small numbers
 * @param tables entries of page tables of the kernel that are present
 * @param info VMCOREINFO
 */
record Anatomy(
    Addresses pages,
    Addresses structures,
    Addresses pointers,
    Addresses lists,
    Addresses nodes,
    Addresses counts,
    Addresses tables,
    long info) {
  private static final long MAX_COUNT = 1 << 20;
  private static final long ADDRESS = 0x000f_ffff_ffff_f000L;
  private static final int FIRST_OF_KERNEL = 256;

  /** Of a guest that is undamaged. */
  static Anatomy of(GuestMemory memory, Kernel kernel, FullLook look) {
    Recorder all = new Recorder(memory);
    if (look.at(all).isEmpty()) {
      throw new IllegalStateException("the undamaged guest is not read");
    }
    Recorder views = new Recorder(memory);
    FullLook.views(through(kernel, views));
    Scan scan = new Scan(new OverlayMemory(memory), kernel.addressSpace());
    views.pages.forEach(scan::page);
    return new Anatomy(
        all.addresses(),
        views.addresses(),
        scan.pointers,
        scan.lists,
        scan.nodes,
        scan.counts,
        new Tables(new OverlayMemory(memory)).below(look.vcpus().get(0).cr3() & ADDRESS),
        kernel.info().physicalAddress());
  }

  private static Kernel through(Kernel kernel, GuestMemory memory) {
    return new Kernel(
        kernel.info(),
        kernel.addressSpace().through(memory),
        kernel.symbols(),
        kernel.types(),
        kernel.vcpus());
  }

  private static final class Recorder implements GuestMemory {
    private static final int SEARCHED_AT_ONCE = 1 << 20;

    private final GuestMemory memory;
    private final Set<Long> pages = new TreeSet<>();

    Recorder(GuestMemory memory) {
      this.memory = memory;
    }

    Addresses addresses() {
      Addresses addresses = new Addresses();
      pages.forEach(addresses::add);
      return addresses;
    }

    @Override
    public int read(long address, ByteBuffer target) {
      if (target.remaining() < SEARCHED_AT_ONCE) {
        for (long at = address & -OverlayMemory.PAGE;
            at < address + target.remaining();
            at += OverlayMemory.PAGE) {
          pages.add(at);
        }
      }
      return memory.read(address, target);
    }

    @Override
    public List<PhysicalRange> ranges() {
      return memory.ranges();
    }
  }

  private static final class Scan {
    private final OverlayMemory memory;
    private final AddressSpace space;
    private final Addresses pointers = new Addresses();
    private final Addresses lists = new Addresses();
    private final Addresses nodes = new Addresses();
    private final Addresses counts = new Addresses();

    Scan(OverlayMemory memory, AddressSpace space) {
      this.memory = memory;
      this.space = space;
    }

    void page(long page) {
      ByteBuffer content = ByteBuffer.allocate(OverlayMemory.PAGE).order(ByteOrder.LITTLE_ENDIAN);
      memory.read(page, content);
      for (int at = 0; at < content.position(); at += 8) {
        word(page + at, content.getLong(at));
      }
    }

    private void word(long at, long value) {
      if (value > 0 && value < MAX_COUNT) {
        counts.add(at);
      } else if (value < -OverlayMemory.PAGE && space.translate(value).isPresent()) {
        pointers.add(at);
        if ((value & 3) == 2) {
          nodes.add(at);
        } else if ((value & 7) == 0 && leadsBack(at, value)) {
          lists.add(at);
        }
      }
    }

    /** Whether the word behind the one that is pointed to points here. */
    private boolean leadsBack(long at, long next) {
      OptionalLong previous = space.translate(next + 8);
      return previous.isPresent()
          && space.translate(memory.get64(previous.getAsLong())).equals(OptionalLong.of(at));
    }
  }

  private static final class Tables {
    private final OverlayMemory memory;
    private final Set<Long> seen = new HashSet<>();
    private final Addresses entries = new Addresses();

    Tables(OverlayMemory memory) {
      this.memory = memory;
    }

    Addresses below(long root) {
      descend(root, FIRST_OF_KERNEL, 3);
      return entries;
    }

    private void descend(long table, int first, int levels) {
      if (!seen.add(table)) {
        return;
      }
      for (int i = first; i < 512; i++) {
        long entry = memory.get64(table + i * 8L);
        if ((entry & 1) != 0) {
          entries.add(table + i * 8L);
          if (levels > 0 && (entry & 0x80) == 0) {
            descend(entry & ADDRESS, 0, levels - 1);
          }
        }
      }
    }
  }
}
