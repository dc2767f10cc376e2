// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.chains;

import io.vmattest.hypervisor.snapshots.BackingChain.Layer;
import io.vmattest.hypervisor.snapshots.Overlays;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * An image that nobody needs for itself any more, between two others: its content can go where what
 * rests on it can see it.
 *
 * <p>The image below may be frozen, and is never written. Nor is any image that was not made here:
 * who else builds on it cannot be known. A chain so comes down to the guest's own image, one
 * overlay for each state that is kept, and the one that is written.
 *
 * @param middle that is not needed
 * @param above the only image that rests on it
 */
record Merge(Layer below, Path middle, Path above) {

  /**
   * All that could be merged.
   *
   * @param ours overlays that may be changed
   */
  static List<Merge> among(NeededImages needed, Set<Path> ours) {
    List<Merge> result = new ArrayList<>();
    for (Path middle : ours) {
      Set<Path> above = needed.graph().above(middle);
      if (needed.points().contains(middle)
          || needed.ofClones().contains(middle)
          || above.size() != 1) {
        continue;
      }
      Path only = above.iterator().next();
      if (Overlays.isOverlay(only.toString())) {
        needed.graph().below(middle).ifPresent(b -> result.add(new Merge(b, middle, only)));
      }
    }
    return result;
  }
}
