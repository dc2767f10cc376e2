// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Guest physical memory, as captured. Hostile content: readers bound everything they take from it.
 */
public interface GuestMemory {
  /**
   * Copies bytes from a guest physical address into the buffer's remaining space.
   *
   * @param guestPhysicalAddress any value; one that is not backed gives 0 bytes
   * @return how many bytes were copied; fewer than asked where memory ends or is not backed
   * @throws java.io.UncheckedIOException if the host cannot read what it keeps of the guest; no
   *     guest can bring this about
   */
  int read(long guestPhysicalAddress, ByteBuffer target);

  /** What is backed, ascending and disjoint. */
  List<PhysicalRange> ranges();
}
