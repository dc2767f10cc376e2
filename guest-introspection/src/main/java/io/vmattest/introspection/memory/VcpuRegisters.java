// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import java.util.OptionalLong;

/**
 * What a vCPU says of the kernel that runs on it. The hypervisor keeps these: the guest chooses
 * their values, but cannot show others than those it runs with.
 *
 * @param idtBase linear address of the interrupt descriptor table
 * @param gsBase the current one
 * @param kernelGsBase the one that SWAPGS exchanges it with, where known
 * @param lstar where SYSCALL leads, where known: a core has it not, a migration stream does
 */
public record VcpuRegisters(
    long cr0,
    long cr3,
    long cr4,
    long idtBase,
    long gsBase,
    OptionalLong kernelGsBase,
    OptionalLong lstar) {
  private static final long CR0_PG = 1L << 31;

  /** One whose LSTAR is not known. */
  public VcpuRegisters(
      long cr0, long cr3, long cr4, long idtBase, long gsBase, OptionalLong kernelGsBase) {
    this(cr0, cr3, cr4, idtBase, gsBase, kernelGsBase, OptionalLong.empty());
  }

  /** One that does not page was not started yet, and says nothing. */
  public boolean pages() {
    return (cr0 & CR0_PG) != 0;
  }

  public PagingMode pagingMode() {
    return PagingMode.ofCr4(cr4);
  }
}
