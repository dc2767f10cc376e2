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

/**
 * The main RAM of a measured capture.
 *
 * @param memory by guest physical addresses
 */
record CapturedRam(GuestMemory memory, PageProofs proofs) {
  /** QEMU's name for the main RAM of a PC (hw/i386/pc.c). */
  private static final String BLOCK = "pc.ram";

  /** Empty if the machine has no such RAM. */
  static Optional<CapturedRam> of(Capture capture, MeasuredClaims claims) {
    PcLayout layout = PcLayout.of(claims.machineType());
    return claims.ramBlocks().stream()
        .filter(block -> block.name().equals(BLOCK))
        .findFirst()
        .map(
            block ->
                new CapturedRam(
                    memory(capture, block, layout), new PageProofs(capture, block, layout)));
  }

  private static GuestMemory memory(Capture capture, RamBlock block, PcLayout layout) {
    ByteSource source =
        (target, offset) -> {
          try {
            return offset < block.length() ? capture.read(BLOCK, offset, target) : 0;
          } catch (TeeException e) {
            throw new IOException("the capture's memory cannot be read", e);
          }
        };
    return BlockMemory.ofPc(source, block.length(), layout);
  }
}
