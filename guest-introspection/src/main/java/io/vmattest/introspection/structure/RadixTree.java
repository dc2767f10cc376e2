// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.structure;

import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Walks an XArray or an IDR, which is one with another lock (include/linux/xarray.h). Shifts that
 * descend end a loop; a limit ends trees that share nodes.
 */
public final class RadixTree {
  private static final int TOP_SHIFT = 60;

  /** Internal entries end in binary 10; those up to here are marks, not nodes. */
  private static final long LAST_MARK = 4096;

  private final AddressSpace space;
  private final Field head;
  private final Field shift;
  private final Field slots;

  public RadixTree(Structures structures) throws MalformedGuestException {
    Struct node = structures.struct("xa_node");
    this.space = structures.space();
    this.head = structures.struct("xarray").field("xa_head");
    this.shift = node.field("shift");
    this.slots = node.field("slots");
  }

  /**
   * The pointers of a tree by their index. Values and marks are left out.
   *
   * @param limit how many there may be; of nodes as well
   */
  public Entries walk(long tree, int limit) {
    Descent descent = new Descent(limit);
    try {
      descent.entry(head.get(tree), 0, TOP_SHIFT + shiftOfNode());
    } catch (MalformedGuestException e) {
      descent.faults.add(e);
    }
    return new Entries(descent.found, descent.faults.stream().findFirst());
  }

  private int shiftOfNode() {
    return Long.SIZE - Long.numberOfLeadingZeros(Math.max(2, slots.elements()) - 1);
  }

  /**
   * What a tree holds.
   *
   * @param entries by index
   * @param fault the first part that could not be read; others may follow it in the tree
   */
  public record Entries(Map<Long, Long> entries, Optional<MalformedGuestException> fault) {}

  private final class Descent {
    private final Map<Long, Long> found = new TreeMap<>();
    private final List<MalformedGuestException> faults = new ArrayList<>();
    private final int limit;
    private int nodes;

    Descent(int limit) {
      this.limit = limit;
    }

    void entry(long entry, long index, int above) throws MalformedGuestException {
      if ((entry & 3) == 2 && Long.compareUnsigned(entry, LAST_MARK) > 0) {
        node(entry - 2, index, above);
      } else if (entry != 0 && (entry & 3) == 0) {
        if (found.size() >= limit) {
          throw tooLarge(entry);
        }
        found.put(index, entry);
      }
    }

    private void node(long node, long index, int above) throws MalformedGuestException {
      if (++nodes > limit) {
        throw tooLarge(node);
      }
      int own = (int) shift.get(node);
      if (own >= above || own % shiftOfNode() != 0) {
        throw new MalformedGuestException(Reason.INVALID, node, "a tree that does not descend");
      }
      for (int i = 0; i < slots.elements(); i++) {
        long entry = space.u64(slots.element(node, i));
        try {
          entry(entry, index + ((long) i << own), own);
        } catch (MalformedGuestException e) {
          if (e.reason() == Reason.TOO_LARGE) {
            throw e;
          }
          note(e);
        }
      }
    }

    private void note(MalformedGuestException fault) {
      if (faults.isEmpty()) {
        faults.add(fault);
      }
    }

    private MalformedGuestException tooLarge(long at) {
      return new MalformedGuestException(Reason.TOO_LARGE, at, "a tree of more than " + limit);
    }
  }
}
