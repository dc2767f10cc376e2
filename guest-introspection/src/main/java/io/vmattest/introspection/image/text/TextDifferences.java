// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.text;

import io.vmattest.introspection.image.MalformedImageException;
import io.vmattest.introspection.image.vmlinux.CodeImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Runs of bytes that differ from the image's text, but for what sites cover. */
final class TextDifferences {
  private final CodeImage image;
  private final SiteMask mask;
  private final int limit;
  private final List<AddressRange> ranges = new ArrayList<>();
  private byte[] expected = new byte[0];
  private long bytes;

  /**
   * @param limit how many are listed
   */
  TextDifferences(CodeImage image, SiteMask mask, int limit) {
    this.image = image;
    this.mask = mask;
    this.limit = limit;
  }

  /** How many bytes differ, also in runs that are not listed. */
  long bytes() {
    return bytes;
  }

  List<AddressRange> ranges() {
    return ranges;
  }

  /** Looks at the next block, which has zeros already for what sites cover. */
  void find(LinkedRun.Block block) throws MalformedImageException {
    expect(block);
    byte[] actual = block.linked();
    int length = block.length();
    int from = 0;
    while (from < length) {
      int at = block.at();
      int next = Arrays.mismatch(expected, from, length, actual, at + from, at + length);
      if (next < 0) {
        return;
      }
      int start = from + next;
      from = start;
      while (from < length && expected[from] != actual[at + from]) {
        from++;
      }
      add(image.text().address() + block.from() + start, from - start);
    }
  }

  private void expect(LinkedRun.Block block) throws MalformedImageException {
    if (expected.length < block.length()) {
      expected = new byte[block.length()];
    }
    image.loaded().copyTo(image.text().address() + block.from(), expected, block.length());
    mask.zero(expected, 0, block.from(), block.end());
  }

  private void add(long start, int length) {
    bytes += length;
    int last = ranges.size() - 1;
    if (last >= 0 && ranges.get(last).start() + ranges.get(last).length() == start) {
      // It goes on from the block before.
      long first = ranges.get(last).start();
      ranges.set(last, new AddressRange(first, (int) (start - first) + length));
    } else if (ranges.size() < limit) {
      ranges.add(new AddressRange(start, length));
    }
  }
}
