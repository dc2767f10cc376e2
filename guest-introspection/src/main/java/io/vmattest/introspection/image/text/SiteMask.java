// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

import io.vmattest.introspection.image.patch.PatchSite;
import java.util.Arrays;
import java.util.List;

/** The bytes of the text that sites cover, and the sites in groups that overlap. */
final class SiteMask {
  private final long base;
  private final List<PatchSite> sites;

  /** The number of each group's first site, and of the one behind the last. */
  private final int[] firsts;

  /** Where in the text each group begins, and ends. */
  private final int[] starts;

  private final int[] ends;

  /** Where the bytes of each group are among those of all, and how many those are. */
  private final int[] positions;

  /**
   * @param sites by address
   */
  SiteMask(long base, List<PatchSite> sites) {
    this.base = base;
    this.sites = List.copyOf(sites);
    int[] first = new int[sites.size() + 1];
    int[] begin = new int[sites.size()];
    int[] end = new int[sites.size()];
    int count = 0;
    for (int i = 0; i < sites.size(); i++) {
      int at = (int) (sites.get(i).address() - base);
      if (count == 0 || at >= end[count - 1]) {
        first[count] = i;
        begin[count] = at;
        end[count++] = at;
      }
      end[count - 1] = Math.max(end[count - 1], at + sites.get(i).length());
    }
    first[count] = sites.size();
    this.firsts = Arrays.copyOf(first, count + 1);
    this.starts = Arrays.copyOf(begin, count);
    this.ends = Arrays.copyOf(end, count);
    this.positions = new int[count + 1];
    for (int i = 0; i < count; i++) {
      positions[i + 1] = positions[i] + ends[i] - starts[i];
    }
  }

  int groups() {
    return starts.length;
  }

  List<PatchSite> group(int number) {
    return sites.subList(firsts[number], firsts[number + 1]);
  }

  int coveredBytes() {
    return positions[groups()];
  }

  /** Where the bytes of a site are among those of all. */
  int position(PatchSite site) {
    int at = (int) (site.address() - base);
    int group = firstEndingBehind(at);
    if (group == groups() || at < starts[group] || at + site.length() > ends[group]) {
      throw new IllegalArgumentException("no site of this text: " + site);
    }
    return positions[group] + at - starts[group];
  }

  /** Copies what sites cover of a run of the text to where it is among the bytes of all. */
  void collect(byte[] bytes, int at, int from, int end, byte[] covered) {
    for (int i = firstEndingBehind(from); i < groups() && starts[i] < end; i++) {
      int start = Math.max(starts[i], from);
      int length = Math.min(ends[i], end) - start;
      System.arraycopy(bytes, at + start - from, covered, positions[i] + start - starts[i], length);
    }
  }

  /**
   * Puts zeros for what sites cover of a run of the text.
   *
   * @param at where in the bytes it begins
   * @param from where in the text it begins
   * @param end where in the text it ends
   */
  void zero(byte[] bytes, int at, int from, int end) {
    for (int i = firstEndingBehind(from); i < groups() && starts[i] < end; i++) {
      int start = Math.max(starts[i], from);
      Arrays.fill(bytes, at + start - from, at + Math.min(ends[i], end) - from, (byte) 0);
    }
  }

  private int firstEndingBehind(int offset) {
    int found = Arrays.binarySearch(ends, offset);
    return found < 0 ? -found - 1 : found + 1;
  }
}
