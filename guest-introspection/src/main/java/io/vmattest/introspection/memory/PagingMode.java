// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

/** How many levels the page tables have (Intel SDM volume 3, 4.5). */
public enum PagingMode {
  FOUR_LEVEL(39),
  FIVE_LEVEL(48);

  private static final long CR4_LA57 = 1L << 12;

  private final int topShift;

  PagingMode(int topShift) {
    this.topShift = topShift;
  }

  public static PagingMode ofCr4(long cr4) {
    return (cr4 & CR4_LA57) == 0 ? FOUR_LEVEL : FIVE_LEVEL;
  }

  /** By how many bits an address is shifted to index the topmost table. */
  int topShift() {
    return topShift;
  }

  /** Whether all bits above the highest that is translated equal that bit. */
  boolean isCanonical(long virtual) {
    int unused = 64 - (topShift + 9);
    return virtual << unused >> unused == virtual;
  }
}
