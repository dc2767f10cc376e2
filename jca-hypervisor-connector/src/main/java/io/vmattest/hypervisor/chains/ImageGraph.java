// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.chains;

import io.vmattest.hypervisor.snapshots.BackingChain.Layer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Which image rests on which. */
final class ImageGraph {
  private final Set<Path> images = new HashSet<>();
  private final Map<Path, Layer> below = new HashMap<>();
  private final Map<Path, Set<Path>> above = new HashMap<>();

  /**
   * @param chain top first
   */
  void add(List<Layer> chain) {
    for (int i = 0; i < chain.size(); i++) {
      Path image = chain.get(i).image();
      images.add(image);
      if (i + 1 < chain.size()) {
        below.put(image, chain.get(i + 1));
        above.computeIfAbsent(chain.get(i + 1).image(), k -> new HashSet<>()).add(image);
      }
    }
  }

  /** What a known image rests on, itself first. */
  List<Path> chain(Path image) {
    return Stream.iterate(
            Optional.of(image),
            Optional::isPresent,
            above -> above.flatMap(this::below).map(Layer::image))
        .limit(images.size())
        .flatMap(Optional::stream)
        .toList();
  }

  Set<Path> images() {
    return images;
  }

  Optional<Layer> below(Path image) {
    return Optional.ofNullable(below.get(image));
  }

  Set<Path> above(Path image) {
    return above.getOrDefault(image, Set.of());
  }
}
