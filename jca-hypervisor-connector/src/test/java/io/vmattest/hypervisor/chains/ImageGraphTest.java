// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.chains;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.hypervisor.snapshots.BackingChain.Layer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ImageGraphTest {
  private final ImageGraph graph = new ImageGraph();

  private static List<Layer> layers(String... images) {
    return Stream.of(images).map(image -> new Layer(Path.of(image), "qcow2")).toList();
  }

  private static List<Path> paths(String... images) {
    return Stream.of(images).map(Path::of).toList();
  }

  @Test
  void anImageBelowAnotherRestsOnWhatTheOthersChainSays() {
    graph.add(layers("/top", "/middle", "/base"));
    assertEquals(paths("/top", "/middle", "/base"), graph.chain(Path.of("/top")));
    assertEquals(paths("/middle", "/base"), graph.chain(Path.of("/middle")));
    assertEquals(paths("/base"), graph.chain(Path.of("/base")));
  }

  @Test
  void chainsThatContradictEachOtherStillEnd() {
    graph.add(layers("/one", "/other"));
    graph.add(layers("/other", "/one"));
    assertEquals(paths("/one", "/other"), graph.chain(Path.of("/one")));
  }
}
