// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.structure;

import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Walks the kernel's linked lists (include/linux/list.h and list_nulls.h), forward only: a CPU that
 * was stopped while it linked or unlinked an entry leaves the way forward whole, not the way back.
 * The first word of a node is the pointer to the next one.
 */
public final class Chains {
  private static final long ALIGNMENT = 7;

  private final AddressSpace space;
  private int stepsLeft;

  /**
   * @param steps how many entries all walks together may look at: lists that lead into one another
   *     would else cost their number times their length
   */
  public Chains(AddressSpace space, int steps) {
    this.space = space;
    this.stepsLeft = steps;
  }

  /**
   * The structs of a circular list.
   *
   * @param head address of the list_head that belongs to none of them
   * @param node the field by which they are linked
   * @param limit how many there may be
   */
  public Walk list(long head, Field node, int limit) {
    return walk(head, node, limit, next -> next == head);
  }

  /** The structs of a list that ends with a null: hlist_head and hlist_node. */
  public Walk hlist(long head, Field node, int limit) {
    return walk(head, node, limit, next -> next == 0);
  }

  /** The structs of a list that ends with an odd value: hlist_nulls_head and hlist_nulls_node. */
  public Walk nulls(long head, Field node, int limit) {
    return walk(head, node, limit, next -> (next & 1) != 0);
  }

  private Walk walk(long head, Field node, int limit, EndMark end) {
    Set<Long> nodes = new LinkedHashSet<>();
    Optional<MalformedGuestException> fault = Optional.empty();
    try {
      for (long next = space.u64(head); !end.is(next); next = space.u64(next)) {
        check(next, nodes.size(), limit);
        if (!nodes.add(next)) {
          throw new MalformedGuestException(
              Reason.INVALID, next, "a list that loops through " + node.name());
        }
      }
    } catch (MalformedGuestException e) {
      fault = Optional.of(e);
    }
    return new Walk(structs(nodes, node), fault);
  }

  private void check(long next, int count, int limit) throws MalformedGuestException {
    if (--stepsLeft < 0) {
      stepsLeft = 0;
      throw new MalformedGuestException(Reason.TOO_LARGE, next, "lists of too many entries in all");
    }
    if (next >= 0 || (next & ALIGNMENT) != 0) {
      throw new MalformedGuestException(Reason.INVALID, next, "no node of a list");
    }
    if (count >= limit) {
      throw new MalformedGuestException(Reason.TOO_LARGE, next, "a list of more than " + limit);
    }
  }

  private static List<Long> structs(Set<Long> nodes, Field node) {
    List<Long> structs = new ArrayList<>(nodes.size());
    nodes.forEach(at -> structs.add(node.containerOf(at)));
    return structs;
  }

  private interface EndMark {
    boolean is(long next);
  }
}
