// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds names in a pool of zero-terminated ones by binary search over their hashes. A hash table
 * would degenerate where a guest makes all hashes equal; here that costs no more than a linear
 * search.
 */
final class NameIndex {
  /** No more of a name is looked at, so that a guest's long names cost no time. */
  static final int MAX_NAME = 511;

  private final byte[] pool;
  private final int[] starts;

  /** The hash above, the number of the name below. */
  private final long[] entries;

  /**
   * @param pool ends with a zero
   * @param starts where in the pool each name begins; below 0 for what has none. Both are kept and
   *     must not change
   */
  NameIndex(byte[] pool, int[] starts) {
    this.pool = pool;
    this.starts = starts;
    long[] all = new long[starts.length];
    int count = 0;
    for (int i = 0; i < starts.length; i++) {
      if (starts[i] >= 0) {
        all[count++] = (long) hash(starts[i]) << 32 | i;
      }
    }
    this.entries = Arrays.copyOf(all, count);
    Arrays.sort(entries);
  }

  /** The numbers of all that bear the name, ascending. */
  int[] find(String name) {
    if (name.length() > MAX_NAME) {
      return new int[0];
    }
    int hash = hash(name);
    int from = Arrays.binarySearch(entries, (long) hash << 32);
    int[] found = new int[0];
    for (int i = from < 0 ? -from - 1 : from; i < entries.length; i++) {
      if ((int) (entries[i] >> 32) != hash) {
        break;
      }
      if (equals((int) entries[i], name)) {
        found = Arrays.copyOf(found, found.length + 1);
        found[found.length - 1] = (int) entries[i];
      }
    }
    return found;
  }

  /** One character a byte. */
  static String text(byte[] pool, int start) {
    int end = start;
    while (end < pool.length && pool[end] != 0 && end - start < MAX_NAME) {
      end++;
    }
    return new String(pool, start, end - start, StandardCharsets.ISO_8859_1);
  }

  private boolean equals(int number, String name) {
    int start = starts[number];
    int length = name.length();
    if (start + length >= pool.length || pool[start + length] != 0) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if ((pool[start + i] & 0xff) != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private int hash(int start) {
    int hash = 0;
    for (int i = start; i < start + MAX_NAME && i < pool.length && pool[i] != 0; i++) {
      hash = 31 * hash + (pool[i] & 0xff);
    }
    return hash;
  }

  private static int hash(String name) {
    int hash = 0;
    for (int i = 0; i < name.length(); i++) {
      hash = 31 * hash + name.charAt(i);
    }
    return hash;
  }
}
