// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import io.vmattest.introspection.memory.AddressSpace;
import java.util.List;

/**
 * A guest's running kernel: its memory, symbols and types. Found by {@link KernelFinder}. Not for
 * several threads at once, as its address space is not.
 *
 * @param info proven to be the kernel's own
 * @param addressSpace of the kernel itself
 * @param vcpus what the registers of each vCPU say, in their order
 */
public record Kernel(
    VmcoreInfo info,
    AddressSpace addressSpace,
    Kallsyms symbols,
    Btf types,
    List<VcpuAgreement> vcpus) {
  public Kernel {
    vcpus = List.copyOf(vcpus);
  }
}
