// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.integrity;

import io.vmattest.introspection.finding.Finding.Kind;
import io.vmattest.introspection.finding.Severity;
import io.vmattest.introspection.kernel.VcpuAgreement;
import io.vmattest.introspection.memory.MalformedGuestException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Checks the interrupt descriptor table: 256 gates of 16 bytes (Intel SDM vol. 3, 6.14.1; Linux,
 * arch/x86/kernel/idt.c).
 */
final class InterruptCheck {
  private static final int VECTORS = 256;
  private static final int GATE = 16;
  private static final int EXCEPTIONS = 32;
  private static final int KERNEL_CODE = 0x10;
  private static final int TYPE_AND_PRESENT = 0x9f00;
  private static final int INTERRUPT = 0x8e00;
  private static final int TRAP = 0x8f00;

  /** Breakpoint, overflow and the old way of system calls: what user mode may raise. */
  private static final Set<Integer> FOR_USERS = Set.of(3, 4, 0x80);

  /** Stubs of early exceptions, with and without ENDBR64. */
  private static final int[] EARLY_STUBS = {9, 13};

  private static final int[] STUBS = {8, 16};
  private static final int FIRST_SYSTEM_VECTORS = 0xe0;

  private final LiveKernel live;
  private final Map<Integer, Set<Long>> known;

  /**
   * @param gates the image's; empty without one
   */
  InterruptCheck(LiveKernel live, Optional<Gates> gates) {
    this.live = live;
    this.known = gates.map(Gates::handlers).orElse(Map.of());
  }

  CodeComponent run() throws MalformedGuestException {
    vcpus();
    long table = live.required("idt_table");
    ByteBuffer gates =
        ByteBuffer.wrap(live.bytes(table, VECTORS * GATE, VECTORS * GATE))
            .order(ByteOrder.LITTLE_ENDIAN);
    long text = live.required("_text");
    Digests digest = new Digests();
    for (int vector = 0; vector < VECTORS; vector++) {
      int at = vector * GATE;
      long handler =
          Short.toUnsignedLong(gates.getShort(at))
              | Short.toUnsignedLong(gates.getShort(at + 6)) << 16
              | (long) gates.getInt(at + 8) << 32;
      int segment = Short.toUnsignedInt(gates.getShort(at + 2));
      int bits = Short.toUnsignedInt(gates.getShort(at + 4));
      digest.add(handler - text).add((long) segment << 32 | bits);
      check(vector, table + at, handler, segment, bits);
    }
    return new CodeComponent(CodeComponent.Part.INTERRUPTS, digest.hex(), VECTORS, true);
  }

  private void vcpus() {
    List<VcpuAgreement> vcpus = live.kernel().vcpus();
    for (int i = 0; i < vcpus.size(); i++) {
      if (vcpus.get(i).interruptTable() == VcpuAgreement.Answer.DIFFERS) {
        report("IDTR of vCPU " + i, "idt_table", "another table", 0);
      }
      if (vcpus.get(i).systemCallEntry() == VcpuAgreement.Answer.DIFFERS) {
        live.findings()
            .add(
                Kind.SYSCALL_ENTRY_MOVED,
                Severity.CRITICAL,
                "LSTAR of vCPU " + i,
                "entry_SYSCALL_64",
                "another address",
                0);
      }
    }
  }

  private void check(int vector, long address, long handler, int segment, int bits) {
    int type = bits & TYPE_AND_PRESENT;
    boolean forUsers = (bits & 0x6000) != 0;
    if (segment != KERNEL_CODE || (type != INTERRUPT && type != TRAP)) {
      report(
          "idt[%d]".formatted(vector),
          "an interrupt gate to the kernel's code segment",
          "segment 0x%x, bits 0x%x".formatted(segment, bits),
          address);
    }
    if (forUsers && !FOR_USERS.contains(vector)) {
      report("idt[%d]".formatted(vector), "a gate for the kernel", "one for users", address);
    }
    if (!allowed(vector, handler)) {
      report(
          "idt[%d]".formatted(vector), expected(vector), live.names().describe(handler), address);
    }
  }

  private boolean allowed(int vector, long handler) {
    Set<Long> handlers = known.getOrDefault(vector, Set.of());
    if (handlers.contains(handler - live.offset())) {
      return true;
    }
    if (vector < EXCEPTIONS) {
      // What the image gives no handler keeps the one of early boot, which is never raised.
      return handlers.isEmpty() && (early(vector, handler) || unknown(handler, "asm_exc_"));
    }
    return (handlers.isEmpty() && stub(vector, handler))
        || (vector >= FIRST_SYSTEM_VECTORS && named(handler, "asm_sysvec_"))
        || unknown(handler, "asm_sysvec_")
        || (vector == 0x80 && (unknown(handler, "asm_int80") || unknown(handler, "entry_INT80")));
  }

  /** By its name alone, where there is no image to say more. */
  private boolean unknown(long handler, String prefix) {
    return known.isEmpty() && named(handler, prefix);
  }

  private boolean named(long handler, String prefix) {
    return live.inText(handler)
        && live.names()
            .before(handler)
            .filter(at -> at.start() == handler && at.name().startsWith(prefix))
            .isPresent();
  }

  private boolean early(int vector, long handler) {
    OptionalLong array = live.names().address("early_idt_handler_array");
    for (int size : EARLY_STUBS) {
      if (array.isPresent() && handler == array.getAsLong() + (long) size * vector) {
        return true;
      }
    }
    return false;
  }

  /**
   * Vectors of devices have stubs in a row, then those of the system. Where the second row begins
   * tells how long a stub is, and which vector is the first of the system.
   */
  private boolean stub(int vector, long handler) {
    OptionalLong devices = live.names().address("irq_entries_start");
    OptionalLong system = live.names().address("spurious_entries_start");
    if (devices.isEmpty() || system.isEmpty()) {
      return false;
    }
    long row = system.getAsLong() - devices.getAsLong();
    for (int size : STUBS) {
      long first = EXCEPTIONS + row / size;
      if (row % size == 0 && first >= FIRST_SYSTEM_VECTORS && first < VECTORS) {
        long start = vector < first ? devices.getAsLong() : system.getAsLong();
        long number = vector < first ? vector - EXCEPTIONS : vector - first;
        return handler == start + number * size;
      }
    }
    return false;
  }

  private String expected(int vector) {
    Set<Long> handlers = known.getOrDefault(vector, Set.of());
    return handlers.isEmpty()
        ? "the kernel's entry of this vector"
        : live.names().describe(handlers.iterator().next() + live.offset());
  }

  private void report(String subject, String expected, String found, long address) {
    live.findings().add(Kind.IDT_HOOKED, Severity.CRITICAL, subject, expected, found, address);
  }
}
