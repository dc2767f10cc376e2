// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.vmlinux;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;
import java.util.OptionalInt;

/**
 * Goes over what may be kallsyms' names: each a length (one byte, or two where the first has bit 7)
 * and that many token numbers.
 */
final class NameWalk {
  private static final int MARKED = 256;

  private final ImageBytes image;
  private final int count;
  private final int start;
  private final int[] markers;
  private int position;
  private int steps;

  NameWalk(ImageBytes image, int count, int start) {
    this.image = image;
    this.count = count;
    this.start = start;
    this.markers = new int[(count + MARKED - 1) / MARKED];
  }

  static int length(ImageBytes image, int at) throws MalformedImageException {
    int first = image.u8(at);
    return (first & 0x80) == 0 ? first : (first & 0x7f) | image.u8(at + 1) << 7;
  }

  static int prefix(ImageBytes image, int at) throws MalformedImageException {
    return (image.u8(at) & 0x80) == 0 ? 1 : 2;
  }

  /** Whether there are names, and markers after them that point at each 256th. */
  boolean run(long limit) throws MalformedImageException {
    position = start;
    for (; steps < count; steps++) {
      if (steps >= limit || position > image.length() - 2) {
        return false;
      }
      if (steps % MARKED == 0) {
        markers[steps / MARKED] = position - start;
      }
      int length = length(image, position);
      if (length == 0) {
        return false;
      }
      position += prefix(image, position) + length;
    }
    return markersFollow();
  }

  int steps() {
    return steps;
  }

  private boolean markersFollow() throws MalformedImageException {
    position = align(position);
    if (position > image.length() - 4 * markers.length) {
      return false;
    }
    for (int i = 0; i < markers.length; i++) {
      if (image.s32(position + 4L * i) != markers[i]) {
        return false;
      }
    }
    position = align(position + 4 * markers.length);
    return true;
  }

  /** Where the tokens begin, behind the table of three bytes a symbol that some kernels have. */
  OptionalInt tokensAt() throws MalformedImageException {
    for (int at : new int[] {position, align(position + 3 * count)}) {
      if (TokenTable.isAt(image, at)) {
        return OptionalInt.of(at);
      }
    }
    return OptionalInt.empty();
  }

  static int align(int position) {
    return (position + 7) & -8;
  }
}
