// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.core;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The notes of a core file: for each vCPU NT_PRSTATUS, which debuggers read, and "QEMU", which has
 * the control registers besides; for the kernel VMCOREINFO.
 */
final class CoreNotes {
  private static final int NT_PRSTATUS = 1;

  /** struct elf_prstatus (Linux, linux/elfcore.h) with struct user_regs_struct, on x86-64. */
  private static final int PRSTATUS_SIZE = 336;

  private static final int PR_PID = 32;
  private static final int PR_REG = 112;
  private static final List<String> USER_REGS =
      List.of(
          "R15",
          "R14",
          "R13",
          "R12",
          "RBP",
          "RBX",
          "R11",
          "R10",
          "R9",
          "R8",
          "RAX",
          "RCX",
          "RDX",
          "RSI",
          "RDI",
          "ORIG_RAX",
          "RIP",
          "CS.selector",
          "RFLAGS",
          "RSP",
          "SS.selector",
          "FS.base",
          "GS.base",
          "DS.selector",
          "ES.selector",
          "FS.selector",
          "GS.selector");

  /** struct QEMUCPUState (QEMU, target/i386/arch_dump.c), version 1. */
  private static final int QEMU_STATE_SIZE = 440;

  private static final List<String> QEMU_REGISTERS =
      List.of(
          "RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "RSP", "RBP", "R8", "R9", "R10", "R11", "R12",
          "R13", "R14", "R15", "RIP", "RFLAGS");
  private static final List<String> QEMU_SEGMENTS =
      List.of("CS", "DS", "ES", "FS", "GS", "SS", "LDTR", "TR", "GDTR", "IDTR");
  private static final List<String> QEMU_CONTROL =
      List.of("CR0", "CR1", "CR2", "CR3", "CR4", "KERNELGSBASE");

  private CoreNotes() {}

  /**
   * The content of the PT_NOTE.
   *
   * @param vmcoreinfo text of the guest's kernel; no such note if it is empty
   */
  static byte[] of(List<CoreRegisters> vcpus, byte[] vmcoreinfo) {
    List<ByteBuffer> notes = new ArrayList<>();
    for (int i = 0; i < vcpus.size(); i++) {
      notes.add(note("CORE", NT_PRSTATUS, prstatus(i, vcpus.get(i))));
    }
    for (CoreRegisters vcpu : vcpus) {
      notes.add(note("QEMU", 0, qemuState(vcpu)));
    }
    if (vmcoreinfo.length > 0) {
      notes.add(note("VMCOREINFO", 0, vmcoreinfo));
    }
    ByteBuffer all = buffer(notes.stream().mapToInt(ByteBuffer::remaining).sum());
    notes.forEach(all::put);
    return all.array();
  }

  private static byte[] prstatus(int index, CoreRegisters vcpu) {
    ByteBuffer status = buffer(PRSTATUS_SIZE);
    // As QEMU numbers them: a process 0 is none to a debugger.
    status.putInt(PR_PID, index + 1);
    status.position(PR_REG);
    USER_REGS.forEach(name -> status.putLong(vcpu.get(name)));
    return status.array();
  }

  private static byte[] qemuState(CoreRegisters vcpu) {
    ByteBuffer state = buffer(QEMU_STATE_SIZE).putInt(1).putInt(QEMU_STATE_SIZE);
    QEMU_REGISTERS.forEach(name -> state.putLong(vcpu.get(name)));
    for (String segment : QEMU_SEGMENTS) {
      state
          .putInt((int) vcpu.get(segment + ".selector"))
          .putInt((int) vcpu.get(segment + ".limit"))
          .putInt((int) vcpu.get(segment + ".flags"))
          .putInt(0)
          .putLong(vcpu.get(segment + ".base"));
    }
    QEMU_CONTROL.forEach(name -> state.putLong(vcpu.get(name)));
    return state.array();
  }

  /** Elf64_Nhdr, the name with its NUL, and the content, both padded to 4 bytes. */
  private static ByteBuffer note(String name, int type, byte[] content) {
    byte[] owner = (name + "\0").getBytes(US_ASCII);
    ByteBuffer note = buffer(12 + padded(owner.length) + padded(content.length));
    note.putInt(owner.length).putInt(content.length).putInt(type).put(owner);
    note.position(12 + padded(owner.length));
    return note.put(content).rewind();
  }

  private static int padded(int size) {
    return (size + 3) & ~3;
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
