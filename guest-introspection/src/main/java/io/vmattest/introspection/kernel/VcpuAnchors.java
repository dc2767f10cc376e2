// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

import io.vmattest.introspection.kernel.VcpuAgreement.Answer;
import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.VcpuRegisters;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Compares vCPU registers with the kernel's own variables. */
final class VcpuAnchors {
  private final AddressSpace space;
  private final Kallsyms symbols;
  private final List<VcpuRegisters> vcpus;

  VcpuAnchors(AddressSpace space, Kallsyms symbols, List<VcpuRegisters> vcpus) {
    this.space = space;
    this.symbols = symbols;
    this.vcpus = vcpus;
  }

  List<VcpuAgreement> compare() throws MalformedGuestException {
    List<VcpuAgreement> all = new ArrayList<>();
    for (VcpuRegisters vcpu : vcpus) {
      all.add(
          vcpu.pages()
              ? new VcpuAgreement(interruptTable(vcpu), perCpuArea(vcpu), systemCallEntry(vcpu))
              : VcpuAgreement.NONE);
    }
    return all;
  }

  /** IDTR holds an alias of the table, so that it is compared by where both lie. */
  private Answer interruptTable(VcpuRegisters vcpu) {
    OptionalLong table = symbols.address("idt_table");
    if (table.isEmpty()) {
      return Answer.UNKNOWN;
    }
    OptionalLong expected = space.translate(table.getAsLong());
    return answer(expected.isPresent() && expected.equals(space.translate(vcpu.idtBase())));
  }

  private Answer perCpuArea(VcpuRegisters vcpu) throws MalformedGuestException {
    OptionalLong offsets = symbols.address("__per_cpu_offset");
    if (offsets.isEmpty()) {
      return Answer.UNKNOWN;
    }
    for (int cpu = 0; cpu < vcpus.size(); cpu++) {
      long area = space.u64(offsets.getAsLong() + cpu * 8L);
      if (area == vcpu.gsBase() || vcpu.kernelGsBase().equals(OptionalLong.of(area))) {
        return Answer.AGREES;
      }
    }
    return Answer.DIFFERS;
  }

  private Answer systemCallEntry(VcpuRegisters vcpu) {
    OptionalLong entry = symbols.address("entry_SYSCALL_64");
    return entry.isEmpty() || vcpu.lstar().isEmpty()
        ? Answer.UNKNOWN
        : answer(entry.equals(vcpu.lstar()));
  }

  private static Answer answer(boolean agrees) {
    return agrees ? Answer.AGREES : Answer.DIFFERS;
  }
}
