// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.blocks;

import io.vmattest.hypervisor.blocks.BlockGraph.Device;
import io.vmattest.hypervisor.blocks.BlockGraph.Node;
import io.vmattest.hypervisor.config.ActiveImage;
import io.vmattest.hypervisor.snapshots.Overlays;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Where libvirt's belief and QEMU's block graph differ.
 *
 * @param written overlays of ours that libvirt does not know and that disks write to: what they
 *     hold is nowhere else
 * @param strays that can be committed into the images that libvirt knows
 * @param leftOver nodes of overlays of ours that libvirt does not know and that no disk writes, in
 *     the order in which they can be removed
 * @param unexplained what is neither, in words for people
 */
record ChainDifferences(
    Set<Path> written, List<StrayOverlay> strays, List<Node> leftOver, List<String> unexplained) {
  private static final Set<String> PROTOCOLS = Set.of("file", "host_device");

  /** Of a disk's options, such as copy on read: the image is below. */
  private static final Set<String> FILTERS = Set.of("copy-on-read", "throttle");

  /** What a job in QEMU can be named after. */
  private static final Predicate<String> PLAIN = target -> target.matches("[a-z0-9]{1,16}");

  ChainDifferences {
    written = Set.copyOf(written);
    strays = List.copyOf(strays);
    leftOver = List.copyOf(leftOver);
    unexplained = List.copyOf(unexplained);
  }

  /**
   * @param images that libvirt believes to be written
   * @param known marks of the overlays that libvirt knows of, at whatever place of a chain
   */
  static ChainDifferences between(List<ActiveImage> images, Set<String> known, BlockGraph graph) {
    List<StrayOverlay> strays = new ArrayList<>();
    List<String> unexplained = new ArrayList<>();
    for (ActiveImage image : images) {
      Optional<Node> top = top(image, graph);
      if (top.isEmpty()) {
        unexplained.add("QEMU has no disk " + image.target());
      } else if (differs(image, known, top.get())) {
        stray(image, known, top.get(), graph)
            .ifPresentOrElse(strays::add, () -> unexplained.add(words(image, top.get())));
      }
    }
    Set<Path> written = written(known, graph);
    return new ChainDifferences(written, strays, leftOver(written, known, graph), unexplained);
  }

  boolean isEmpty() {
    return written.isEmpty() && strays.isEmpty() && leftOver.isEmpty() && unexplained.isEmpty();
  }

  private static Optional<Node> top(ActiveImage image, BlockGraph graph) {
    Predicate<Device> named = device -> nodeNames(image).contains(device.top().name());
    Predicate<Device> same = device -> device.isOf(image.alias());
    return graph.devices().stream()
        .filter(image.alias().isEmpty() ? named : same.or(named))
        .findFirst()
        .map(Device::top);
  }

  /** libvirt's names for the nodes of an image, the format's first. */
  private static List<String> nodeNames(ActiveImage image) {
    return image
        .index()
        .map(i -> List.of("libvirt-" + i + "-format", "libvirt-" + i + "-storage"))
        .orElse(List.of());
  }

  private static boolean differs(ActiveImage image, Set<String> known, Node top) {
    if (image.index().isEmpty() || FILTERS.contains(top.driver())) {
      return !known.containsAll(marks(top));
    }
    return !nodeNames(image).contains(top.name());
  }

  private static Optional<StrayOverlay> stray(
      ActiveImage image, Set<String> known, Node top, BlockGraph graph) {
    Optional<Node> believed =
        nodeNames(image).stream().flatMap(name -> graph.node(name).stream()).findFirst();
    boolean directlyAbove = believed.isPresent() && top.below() == believed.get().below() + 1;
    boolean ours =
        isUnknownOverlay(top, known) && !top.name().startsWith("#") && top.driver().equals("qcow2");
    if (!directlyAbove || !ours || !image.path().startsWith("/") || !PLAIN.test(image.target())) {
      return Optional.empty();
    }
    return Optional.of(
        new StrayOverlay(
            image.target(),
            Path.of(top.path().orElseThrow()),
            top.name(),
            Path.of(image.path()).normalize(),
            believed.get().name()));
  }

  private static Set<Path> written(Set<String> known, BlockGraph graph) {
    return graph.devices().stream()
        .map(Device::top)
        .filter(top -> isUnknownOverlay(top, known))
        .map(top -> Path.of(top.path().orElseThrow()))
        .collect(Collectors.toSet());
  }

  private static boolean isUnknownOverlay(Node node, Set<String> known) {
    Set<String> marks = marks(node);
    return !marks.isEmpty() && marks.stream().noneMatch(known::contains);
  }

  private static Set<String> marks(Node node) {
    return node.path().map(Overlays::marksIn).orElse(Set.of());
  }

  /** A format's node before the one of its file: a node that is in use cannot be removed. */
  private static List<Node> leftOver(Set<Path> written, Set<String> known, BlockGraph graph) {
    return graph.nodes().stream()
        .filter(node -> isUnknownOverlay(node, known) && !node.name().startsWith("#"))
        .filter(node -> !written.contains(Path.of(node.path().orElseThrow())))
        .sorted(Comparator.comparing(node -> PROTOCOLS.contains(node.driver())))
        .toList();
  }

  private static String words(ActiveImage image, Node top) {
    return "disk %s writes to %s (%s), and libvirt believes %s"
        .formatted(image.target(), top.path().orElse("no file"), top.name(), image.path());
  }
}
