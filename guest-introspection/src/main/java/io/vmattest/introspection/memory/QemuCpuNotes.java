// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * The notes "QEMU" of a core file, one a vCPU (QEMU, target/i386/arch_dump.c, QEMUCPUState). The
 * NT_PRSTATUS notes beside them hold no control registers.
 */
final class QemuCpuNotes {
  private static final byte[] NAME = "QEMU\0".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;

  /** Eighteen registers after version and size, then ten segments of 24 bytes, base at 16. */
  private static final int SEGMENTS = 8 + 18 * 8;

  private static final int SEGMENT = 24;
  private static final int SEGMENT_BASE = 16;
  private static final int GS = 4;
  private static final int IDT = 9;
  private static final int CONTROL = SEGMENTS + 10 * SEGMENT;
  private static final int KERNEL_GS_BASE = CONTROL + 5 * 8;

  private QemuCpuNotes() {}

  /**
   * @param notes the content of a PT_NOTE: three u32 (name size, content size, type), name and
   *     content, both padded to 4 bytes
   */
  static List<VcpuRegisters> read(ByteBuffer notes) throws MalformedCoreException {
    List<VcpuRegisters> vcpus = new ArrayList<>();
    notes.order(ByteOrder.LITTLE_ENDIAN);
    while (notes.remaining() >= 12) {
      long nameSize = Integer.toUnsignedLong(notes.getInt());
      long size = Integer.toUnsignedLong(notes.getInt());
      notes.getInt();
      byte[] name = take(notes, nameSize);
      byte[] content = take(notes, size);
      if (Arrays.equals(name, NAME) && content.length >= KERNEL_GS_BASE) {
        vcpus.add(vcpu(ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN)));
      }
    }
    return vcpus;
  }

  private static VcpuRegisters vcpu(ByteBuffer state) throws MalformedCoreException {
    if (state.getInt(0) != VERSION) {
      throw new MalformedCoreException("has notes by QEMU of version " + state.getInt(0));
    }
    return new VcpuRegisters(
        state.getLong(CONTROL),
        state.getLong(CONTROL + 3 * 8),
        state.getLong(CONTROL + 4 * 8),
        state.getLong(SEGMENTS + IDT * SEGMENT + SEGMENT_BASE),
        state.getLong(SEGMENTS + GS * SEGMENT + SEGMENT_BASE),
        state.capacity() >= KERNEL_GS_BASE + 8
            ? OptionalLong.of(state.getLong(KERNEL_GS_BASE))
            : OptionalLong.empty());
  }

  private static byte[] take(ByteBuffer notes, long size) throws MalformedCoreException {
    if (size > notes.remaining()) {
      throw new MalformedCoreException("has a note that ends behind its segment");
    }
    byte[] bytes = new byte[(int) size];
    notes.get(bytes);
    notes.position((int) Math.min(notes.limit(), (notes.position() + 3L) & ~3L));
    return bytes;
  }
}
