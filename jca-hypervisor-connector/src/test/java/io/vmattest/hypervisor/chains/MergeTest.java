// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.chains;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.hypervisor.snapshots.BackingChain.Layer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MergeTest {
  private static final Layer BASE = new Layer(Path.of("/images/a.qcow2"), "qcow2");
  private static final List<Layer> OURS =
      Stream.of(1, 2, 3, 4)
          .map("/images/a.vmattest-00000000-0000-4000-8000-00000000000%d.qcow2"::formatted)
          .map(path -> new Layer(Path.of(path), "qcow2"))
          .toList();

  private final NeededImages needed =
      new NeededImages(new HashSet<>(), new HashSet<>(), new HashSet<>(), new ImageGraph());

  /** A chain over the guest's own image, the lowest overlay first; its top is needed. */
  private void chain(Layer... overlays) {
    List<Layer> all = new java.util.ArrayList<>(List.of(overlays));
    all.add(0, BASE);
    java.util.Collections.reverse(all);
    needed.graph().add(all);
    needed.points().add(all.get(0).image());
  }

  private Set<Merge> merges() {
    return Set.copyOf(Merge.among(needed, Set.copyOf(OURS.stream().map(Layer::image).toList())));
  }

  private static Merge merge(Layer below, int middle, int above) {
    return new Merge(below, OURS.get(middle).image(), OURS.get(above).image());
  }

  @Test
  void whatNobodyNeedsForItselfIsMerged() {
    chain(OURS.get(0), OURS.get(1), OURS.get(2));
    needed.points().add(OURS.get(1).image());
    assertEquals(Set.of(merge(BASE, 0, 1)), merges());
  }

  @Test
  void whatASnapshotFrozeIsKept() {
    chain(OURS.get(0), OURS.get(1));
    needed.points().add(OURS.get(0).image());
    assertEquals(Set.of(), merges());
  }

  @Test
  void theGuestsOwnImageIsNeverMerged() {
    chain(OURS.get(0));
    assertEquals(Set.of(), merges());
  }

  @Test
  void whatTwoImagesRestOnIsKept() {
    chain(OURS.get(0), OURS.get(1));
    chain(OURS.get(0), OURS.get(2));
    assertEquals(Set.of(), merges());
  }

  @Test
  void nothingIsMergedIntoAnImageThatWasNotMadeHere() {
    chain(OURS.get(0), new Layer(Path.of("/images/theirs.qcow2"), "qcow2"));
    assertEquals(Set.of(), merges());
  }
}
