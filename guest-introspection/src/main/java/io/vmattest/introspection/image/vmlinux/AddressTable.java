// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.image.vmlinux;

import io.vmattest.introspection.image.ImageBytes;
import io.vmattest.introspection.image.MalformedImageException;

/**
 * The addresses of kallsyms: an s32 for each symbol, then the base. At 0 and above an offset is an
 * absolute (per-CPU) address, below it is base - 1 - offset; where none is below, all are base +
 * offset.
 */
final class AddressTable {
  private static final long KERNEL = 0xffffffff80000000L;

  private final ImageBytes image;
  private final int offsetsAt;
  private final int count;
  private final long base;

  private AddressTable(ImageBytes image, int offsetsAt, int count, long base) {
    this.image = image;
    this.offsetsAt = offsetsAt;
    this.count = count;
    this.base = base;
  }

  /**
   * Kernels have it before the number of symbols or after the tokens; the one whose base is a
   * kernel's address and whose addresses ascend is it.
   */
  static AddressTable find(ImageBytes image, int count, int countAt, int tokensEnd)
      throws MalformedImageException {
    int after = NameWalk.align(tokensEnd);
    int baseAfter = NameWalk.align(after + 4 * count);
    int baseBefore = countAt - 8;
    int before = baseBefore - NameWalk.align(4 * count);
    for (int[] place : new int[][] {{before, baseBefore}, {after, baseAfter}}) {
      if (place[0] >= 0 && place[1] + 8L <= image.length()) {
        AddressTable table = new AddressTable(image, place[0], count, image.u64(place[1]));
        if (table.isPlausible()) {
          return table;
        }
      }
    }
    throw image.malformed(countAt, "kallsyms has no table of addresses");
  }

  private boolean isPlausible() throws MalformedImageException {
    if (Long.compareUnsigned(base, KERNEL) < 0) {
      return false;
    }
    long[] all = all();
    for (int i = 1; i < all.length; i++) {
      if (Long.compareUnsigned(all[i - 1], all[i]) > 0) {
        return false;
      }
    }
    return all[all.length - 1] != all[0];
  }

  long[] all() throws MalformedImageException {
    long[] addresses = new long[count];
    boolean absolute = hasNegative();
    for (int i = 0; i < count; i++) {
      int offset = image.s32(offsetsAt + 4L * i);
      if (!absolute) {
        addresses[i] = base + Integer.toUnsignedLong(offset);
      } else {
        addresses[i] = offset >= 0 ? offset : base - 1 - offset;
      }
    }
    return addresses;
  }

  private boolean hasNegative() throws MalformedImageException {
    for (int i = 0; i < count; i++) {
      if (image.s32(offsetsAt + 4L * i) < 0) {
        return true;
      }
    }
    return false;
  }
}
