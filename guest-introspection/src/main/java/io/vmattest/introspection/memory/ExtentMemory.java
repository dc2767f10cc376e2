// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;

/**
 * Physical memory in pieces of a source. A file is read by position and not mapped: one that
 * shrinks under a mapping takes the process along, and touching the holes of a guest's shared
 * memory through a mapping would fill them.
 */
final class ExtentMemory implements GuestMemory {
  private final ByteSource source;
  private final List<Extent> extents;

  /**
   * @throws IllegalArgumentException if extents overlap
   */
  ExtentMemory(ByteSource source, List<Extent> extents) {
    this.source = source;
    this.extents =
        extents.stream()
            .sorted(Comparator.comparingLong(extent -> extent.range().start()))
            .toList();
    for (int i = 1; i < extents.size(); i++) {
      if (this.extents.get(i - 1).range().end() > this.extents.get(i).range().start()) {
        throw new IllegalArgumentException("extents overlap at " + this.extents.get(i));
      }
    }
  }

  @Override
  public int read(long address, ByteBuffer target) {
    int copied = 0;
    for (int i = indexOf(address); i >= 0 && i < extents.size() && target.hasRemaining(); i++) {
      Extent extent = extents.get(i);
      long skipped = address + copied - extent.range().start();
      if (skipped < 0) {
        break;
      }
      int wanted = (int) Math.min(target.remaining(), extent.range().length() - skipped);
      int got = readFully(target, wanted, extent.fileOffset() + skipped);
      copied += got;
      if (got < wanted) {
        break;
      }
    }
    return copied;
  }

  @Override
  public List<PhysicalRange> ranges() {
    return extents.stream().map(Extent::range).toList();
  }

  /** The extent that holds the address, or -1. */
  private int indexOf(long address) {
    int low = 0;
    int high = extents.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      PhysicalRange range = extents.get(middle).range();
      if (address < range.start()) {
        high = middle - 1;
      } else if (address >= range.end()) {
        low = middle + 1;
      } else {
        return middle;
      }
    }
    return -1;
  }

  private int readFully(ByteBuffer target, int wanted, long offset) {
    int limit = target.limit();
    target.limit(target.position() + wanted);
    int got = 0;
    try {
      while (got < wanted) {
        int read = source.read(target, offset + got);
        if (read <= 0) {
          break;
        }
        got += read;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      target.limit(limit);
    }
    return got;
  }
}
