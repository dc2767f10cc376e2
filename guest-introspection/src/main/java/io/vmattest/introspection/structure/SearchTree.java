// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.structure;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Walks a red-black tree (include/linux/rbtree.h) in its order; colours do not matter. */
public final class SearchTree {
  private final Field root;
  private final Field left;
  private final Field right;

  public SearchTree(Structures structures) throws MalformedGuestException {
    Struct node = structures.struct("rb_node");
    this.root = structures.struct("rb_root").field("rb_node");
    this.left = node.field("rb_left");
    this.right = node.field("rb_right");
  }

  /**
   * The structs of a tree.
   *
   * @param tree address of the rb_root
   * @param node offset in the structs of the rb_node by which they are linked
   * @param limit how many there may be
   */
  public Walk walk(long tree, long node, int limit) {
    List<Long> structs = new ArrayList<>();
    List<MalformedGuestException> faults = new ArrayList<>();
    Set<Long> seen = new HashSet<>();
    Deque<Long> path = new ArrayDeque<>();
    long at = follow(root, tree, seen, limit, faults);
    while (at != 0 || !path.isEmpty()) {
      while (at != 0) {
        path.push(at);
        at = follow(left, at, seen, limit, faults);
      }
      at = path.pop();
      structs.add(at - node);
      at = follow(right, at, seen, limit, faults);
    }
    return new Walk(structs, faults.stream().findFirst());
  }

  /** The child; 0 if there is none, or none that may be followed. */
  private static long follow(
      Field child, long node, Set<Long> seen, int limit, List<MalformedGuestException> faults) {
    try {
      long next = child.pointer(node);
      if (next != 0 && seen.size() >= limit) {
        throw new MalformedGuestException(Reason.TOO_LARGE, next, "a tree of more than " + limit);
      }
      if (next != 0 && !seen.add(next)) {
        throw new MalformedGuestException(Reason.INVALID, next, "a tree that meets itself");
      }
      return next;
    } catch (MalformedGuestException e) {
      if (faults.isEmpty()) {
        faults.add(e);
      }
      return 0;
    }
  }
}
