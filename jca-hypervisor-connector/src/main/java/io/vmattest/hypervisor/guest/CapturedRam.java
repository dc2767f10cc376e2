// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.guest;

import io.vmattest.core.report.AttestationReport.RamBlock;
import io.vmattest.core.report.MeasuredClaims;
import io.vmattest.introspection.memory.BlockMemory;
import io.vmattest.introspection.memory.ByteSource;
import io.vmattest.introspection.memory.GuestMemory;
import io.vmattest.introspection.memory.PcLayout;
import io.vmattest.tee.Capture;
import io.vmattest.tee.TeeException;
import java.io.IOException;
import java.util.Optional;

/** The memory of a measured capture, by guest physical addresses. */
final class CapturedRam {
  /** QEMU's name for the main RAM of a PC (hw/i386/pc.c). */
  private static final String BLOCK = "pc.ram";

  private CapturedRam() {}

  /** Empty if the machine has no such RAM. */
  static Optional<GuestMemory> of(Capture capture, MeasuredClaims claims) {
    return claims.ramBlocks().stream()
        .filter(block -> block.name().equals(BLOCK))
        .findFirst()
        .map(block -> memory(capture, block, claims.machineType()));
  }

  private static GuestMemory memory(Capture capture, RamBlock block, String machineType) {
    ByteSource source =
        (target, offset) -> {
          try {
            return offset < block.length() ? capture.read(BLOCK, offset, target) : 0;
          } catch (TeeException e) {
            throw new IOException("the capture's memory cannot be read", e);
          }
        };
    return BlockMemory.ofPc(source, block.length(), PcLayout.of(machineType));
  }
}
