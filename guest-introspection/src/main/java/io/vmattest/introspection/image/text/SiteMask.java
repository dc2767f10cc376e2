// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

import io.vmattest.introspection.image.patch.PatchSite;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The bytes of the text that sites cover, and the sites in groups that overlap. */
final class SiteMask {
  private final long base;
  private final List<List<PatchSite>> groups;

  /**
   * @param sites by address
   */
  SiteMask(long base, List<PatchSite> sites) {
    this.base = base;
    List<List<PatchSite>> all = new ArrayList<>();
    long end = base;
    for (PatchSite site : sites) {
      if (all.isEmpty() || site.address() >= end) {
        all.add(new ArrayList<>());
      }
      all.get(all.size() - 1).add(site);
      end = Math.max(end, site.address() + site.length());
    }
    this.groups = List.copyOf(all);
  }

  List<List<PatchSite>> groups() {
    return groups;
  }

  long coveredBytes() {
    return groups.stream().mapToLong(group -> end(group) - group.get(0).address()).sum();
  }

  void zero(byte[] text) {
    for (List<PatchSite> group : groups) {
      Arrays.fill(text, (int) (group.get(0).address() - base), (int) (end(group) - base), (byte) 0);
    }
  }

  private static long end(List<PatchSite> group) {
    return group.stream().mapToLong(site -> site.address() + site.length()).max().orElseThrow();
  }
}
