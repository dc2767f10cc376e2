// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.appraisal;

import java.util.OptionalLong;

/**
 * Where QEMU maps the block pc.ram into guest physical memory: below 4 GiB up to a hole for
 * devices, the rest from 4 GiB on (QEMU, hw/i386/pc_q35.c and pc_piix.c).
 */
public final class GuestPhysicalMap {
  private static final String MAIN_BLOCK = "pc.ram";
  private static final long FOUR_GIB = 1L << 32;

  /** Bytes below 4 GiB. */
  private final long low;

  private final long size;

  private GuestPhysicalMap(long low, long size) {
    this.low = low;
    this.size = size;
  }

  /**
   * @param machineType for example pc-q35-7.2 or pc-i440fx-7.2
   * @param size bytes of pc.ram
   */
  public static GuestPhysicalMap of(String machineType, long size) {
    boolean q35 = machineType.contains("q35");
    long limit = q35 ? 0xb000_0000L : 0xe000_0000L;
    long lowWhenSplit = q35 ? 0x8000_0000L : 0xc000_0000L;
    return new GuestPhysicalMap(size >= limit ? lowWhenSplit : size, size);
  }

  /** The address of a byte of a RAM block; empty for blocks other than pc.ram. */
  public OptionalLong address(String block, long offset) {
    if (!block.equals(MAIN_BLOCK) || offset < 0 || offset >= size) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(offset < low ? offset : FOUR_GIB + (offset - low));
  }

  /** How many bytes from an offset of pc.ram on are mapped in one piece. */
  public long contiguous(long offset) {
    return offset < low ? low - offset : size - offset;
  }
}
