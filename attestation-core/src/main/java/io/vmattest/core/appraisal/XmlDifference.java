// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A place at which two XML trees differ.
 *
 * @param path for example /domain/devices/disk[2]/source/@file
 * @param expected empty if it was added
 * @param actual empty if it was removed
 */
record XmlDifference(String path, Optional<String> expected, Optional<String> actual) {

  /** Where the trees differ, in document order. */
  static List<XmlDifference> between(XmlElement expected, XmlElement actual) {
    List<XmlDifference> all = new ArrayList<>();
    if (expected.name().equals(actual.name())) {
      compare("/" + expected.name(), expected, actual, all);
    } else {
      all.add(changed("/" + expected.name(), expected.abridged(), actual.abridged()));
    }
    return all;
  }

  private static void compare(
      String path, XmlElement expected, XmlElement actual, List<XmlDifference> all) {
    compareAttributes(path, expected, actual, all);
    if (!expected.text().equals(actual.text())) {
      all.add(changed(path, expected.text(), actual.text()));
    }
    Set<String> names = new LinkedHashSet<>();
    expected.children().forEach(child -> names.add(child.name()));
    actual.children().forEach(child -> names.add(child.name()));
    Map<String, List<Numbered>> before = byName(expected);
    Map<String, List<Numbered>> now = byName(actual);
    for (String name : names) {
      compareSiblings(
          path, before.getOrDefault(name, List.of()), now.getOrDefault(name, List.of()), all);
    }
  }

  private static void compareAttributes(
      String path, XmlElement expected, XmlElement actual, List<XmlDifference> all) {
    Set<String> names = new TreeSet<>(expected.attributes().keySet());
    names.addAll(actual.attributes().keySet());
    for (String name : names) {
      Optional<String> before = Optional.ofNullable(expected.attributes().get(name));
      Optional<String> now = Optional.ofNullable(actual.attributes().get(name));
      if (!before.equals(now)) {
        all.add(new XmlDifference(path + "/@" + name, before, now));
      }
    }
  }

  /** Compares those that have no equal on the other side, pair by pair. */
  private static void compareSiblings(
      String path, List<Numbered> expected, List<Numbered> actual, List<XmlDifference> all) {
    List<Numbered> before = withoutEquals(expected, actual);
    List<Numbered> now = withoutEquals(actual, expected);
    int both = Math.min(before.size(), now.size());
    for (int i = 0; i < both; i++) {
      compare(before.get(i).path(path), before.get(i).element(), now.get(i).element(), all);
    }
    for (Numbered removed : before.subList(both, before.size())) {
      all.add(
          new XmlDifference(
              removed.path(path), Optional.of(removed.element().abridged()), Optional.empty()));
    }
    for (Numbered added : now.subList(both, now.size())) {
      all.add(
          new XmlDifference(
              added.path(path), Optional.empty(), Optional.of(added.element().abridged())));
    }
  }

  private static List<Numbered> withoutEquals(List<Numbered> elements, List<Numbered> others) {
    Map<XmlElement, Integer> left = new HashMap<>();
    others.forEach(other -> left.merge(other.element(), 1, Integer::sum));
    List<Numbered> rest = new ArrayList<>();
    for (Numbered element : elements) {
      int equals = left.getOrDefault(element.element(), 0);
      if (equals > 0) {
        left.put(element.element(), equals - 1);
      } else {
        rest.add(element);
      }
    }
    return rest;
  }

  private static Map<String, List<Numbered>> byName(XmlElement parent) {
    Map<String, Integer> totals = new HashMap<>();
    parent.children().forEach(child -> totals.merge(child.name(), 1, Integer::sum));
    Map<String, List<Numbered>> named = new HashMap<>();
    for (XmlElement child : parent.children()) {
      List<Numbered> siblings = named.computeIfAbsent(child.name(), n -> new ArrayList<>());
      boolean alone = totals.getOrDefault(child.name(), 0) == 1;
      siblings.add(new Numbered(child, alone ? 0 : siblings.size() + 1));
    }
    return named;
  }

  private static XmlDifference changed(String path, String expected, String actual) {
    return new XmlDifference(path, Optional.of(expected), Optional.of(actual));
  }

  /**
   * An element among its siblings of the same name.
   *
   * @param number from 1; 0 if it is the only one
   */
  private record Numbered(XmlElement element, int number) {
    String path(String parent) {
      String step = parent + "/" + element.name();
      return number == 0 ? step : step + "[" + number + "]";
    }
  }
}
