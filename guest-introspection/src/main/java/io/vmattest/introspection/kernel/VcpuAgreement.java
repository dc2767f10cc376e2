// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.kernel;

/**
 * Whether a vCPU uses what the kernel's symbols say that it should. Its page tables always map the
 * kernel, for another kernel is not found; the rest is for the reader to judge: a redirected IDT is
 * how some rootkits work.
 *
 * @param interruptTable whether IDTR leads to idt_table
 * @param perCpuArea whether the GS base, or the one SWAPGS brings, is an area of __per_cpu_offset;
 *     a vCPU in user mode whose second base is not known DIFFERS
 * @param systemCallEntry whether LSTAR is entry_SYSCALL_64
 */
public record VcpuAgreement(Answer interruptTable, Answer perCpuArea, Answer systemCallEntry) {
  /** Of a vCPU that was not started yet. */
  static final VcpuAgreement NONE =
      new VcpuAgreement(Answer.UNKNOWN, Answer.UNKNOWN, Answer.UNKNOWN);

  /** What the comparison gave. */
  public enum Answer {
    AGREES,
    DIFFERS,
    /** The vCPU does not page, its register is not known, or the kernel has no such symbol. */
    UNKNOWN
  }
}
