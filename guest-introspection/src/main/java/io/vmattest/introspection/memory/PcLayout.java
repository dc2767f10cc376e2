// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import java.util.List;
import java.util.OptionalLong;

/**
 * Where QEMU's PC machines put their RAM: below 4 GiB up to a hole for devices, the rest from 4 GiB
 * on (QEMU, hw/i386/pc_q35.c and pc_piix.c).
 */
public enum PcLayout {
  Q35(0xb000_0000L, 0x8000_0000L),
  I440FX(0xe000_0000L, 0xc000_0000L);

  private static final long FOUR_GIB = 1L << 32;

  /** RAM of at least so many bytes is split. */
  private final long limit;

  /** How much of split RAM lies below the hole. */
  private final long low;

  PcLayout(long limit, long low) {
    this.limit = limit;
    this.low = low;
  }

  /**
   * That of a machine type.
   *
   * @param machineType for example pc-q35-7.2 or pc-i440fx-7.2
   */
  public static PcLayout of(String machineType) {
    return machineType.contains("q35") ? Q35 : I440FX;
  }

  /**
   * Where a byte lies in the RAM block; empty if the address is not RAM.
   *
   * @param size bytes of RAM, above 0
   * @param address guest physical
   */
  public OptionalLong offset(long size, long address) {
    return extents(size).stream()
        .filter(extent -> address >= extent.range().start() && address < extent.range().end())
        .mapToLong(extent -> extent.fileOffset() + (address - extent.range().start()))
        .findFirst();
  }

  /**
   * @param size bytes of RAM, above 0
   */
  List<Extent> extents(long size) {
    return size < limit
        ? List.of(Extent.of(0, size, 0))
        : List.of(Extent.of(0, low, 0), Extent.of(FOUR_GIB, size - low, low));
  }
}
