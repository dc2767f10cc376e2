// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.mutation;

import java.util.Arrays;
import java.util.Random;

/** Addresses to choose from, of which a guest has half a million. */
final class Addresses {
  private long[] all = new long[1024];
  private int count;

  void add(long address) {
    if (count == all.length) {
      all = Arrays.copyOf(all, 2 * count);
    }
    all[count++] = address;
  }

  /** One of them. */
  long any(Random random) {
    return all[random.nextInt(count)];
  }
}
