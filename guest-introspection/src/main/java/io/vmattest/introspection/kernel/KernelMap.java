// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;
import io.vmattest.introspection.memory.PagingMode;
import io.vmattest.introspection.memory.VcpuRegisters;
import java.util.List;

/**
 * Where VMCOREINFO says that page tables and symbol tables are. Copies of it that say the same are
 * equal, wherever they lie. All are virtual addresses, but physBase.
 */
record KernelMap(
    long physBase,
    PagingMode pagingMode,
    long pageTables,
    long text,
    long kallsymsNames,
    long kallsymsCount,
    long kallsymsTokens,
    long kallsymsTokenIndex,
    long kallsymsOffsets,
    long kallsymsRelativeBase) {
  /** Linux, arch/x86/include/asm/page_64_types.h, __START_KERNEL_map. */
  static final long IMAGE_START = 0xffff_ffff_8000_0000L;

  /** The entry of the topmost page table that maps the kernel's image. */
  private static final int IMAGE_ENTRY = 511;

  /** What sets the page tables of user mode apart, with page-table isolation. */
  private static final long PTI_USER_HALF = 0x1000;

  static KernelMap of(VmcoreInfo info) throws MalformedGuestException {
    return new KernelMap(
        info.physBase(),
        info.pagingMode(),
        info.symbol("swapper_pg_dir"),
        info.symbol("_stext"),
        info.symbol("kallsyms_names"),
        info.symbol("kallsyms_num_syms"),
        info.symbol("kallsyms_token_table"),
        info.symbol("kallsyms_token_index"),
        info.symbol("kallsyms_offsets"),
        info.symbol("kallsyms_relative_base"));
  }

  /**
   * @throws MalformedGuestException if the page tables do not map the kernel as this map has it
   */
  AddressSpace addressSpace(GuestMemory memory) throws MalformedGuestException {
    AddressSpace space = new AddressSpace(memory, physical(pageTables), pagingMode);
    for (long address : new long[] {pageTables, text, kallsymsNames}) {
      long mapped = space.translate(address).orElse(-1);
      if (address >= 0 || mapped < 0 || mapped != physical(address)) {
        throw new MalformedGuestException(
            Reason.INVALID, address, "the page tables do not map what phys_base says");
      }
    }
    return space;
  }

  /**
   * @throws MalformedGuestException if a vCPU that pages runs with another kernel's page tables
   */
  void requireRunning(AddressSpace kernel, List<VcpuRegisters> vcpus)
      throws MalformedGuestException {
    long expected = kernel.topEntry(IMAGE_ENTRY);
    for (VcpuRegisters vcpu : vcpus) {
      if (vcpu.pages()
          && (vcpu.pagingMode() != pagingMode || !maps(kernel.memory(), vcpu, expected))) {
        throw new MalformedGuestException(
            Reason.INVALID, pageTables, "a vCPU runs with page tables that do not map this kernel");
      }
    }
  }

  private boolean maps(GuestMemory memory, VcpuRegisters vcpu, long expected)
      throws MalformedGuestException {
    return topEntry(memory, vcpu.cr3()) == expected
        || topEntry(memory, vcpu.cr3() & ~PTI_USER_HALF) == expected;
  }

  private long topEntry(GuestMemory memory, long root) throws MalformedGuestException {
    return new AddressSpace(memory, root, pagingMode).topEntry(IMAGE_ENTRY);
  }

  private long physical(long virtual) {
    return virtual - IMAGE_START + physBase;
  }
}
