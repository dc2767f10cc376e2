// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.bundle;

import io.vmattest.core.report.AttestationReport;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * A core file that is at hand, of any size: which file it is, and which memory it holds.
 *
 * @param memory empty if it is no core of the form that the server writes
 */
public record CaseCore(CaseFile file, Optional<CoreMemory> memory) {
  /** QEMU's name for the main RAM of a PC (hw/i386/pc.c), which is what cores hold. */
  private static final String BLOCK = "pc.ram";

  /** Reads all of it, once. */
  public static CaseCore read(InputStream input) throws IOException {
    CoreMeasure measure = new CoreMeasure();
    CoreReader reader = new CoreReader(input, measure);
    Optional<CoreMemory> memory = reader.memory();
    reader.drain();
    return new CaseCore(measure.file(), memory);
  }

  /** Whether its memory is what a report attests. */
  boolean isOf(AttestationReport report) {
    return report.ramBlocks().stream()
        .filter(block -> block.name().equals(BLOCK))
        .map(block -> new CoreMemory(block.length(), block.root()))
        .anyMatch(attested -> memory.equals(Optional.of(attested)));
  }
}
