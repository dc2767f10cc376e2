// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection;

import java.nio.ByteBuffer;

/**
 * Guest physical memory, as captured. Hostile content: readers bound everything they take from it.
 */
public interface GuestMemory {
  /**
   * Copies bytes from a guest physical address into the buffer's remaining space.
   *
   * @return how many bytes were copied; fewer than asked where memory ends or is not backed
   */
  int read(long guestPhysicalAddress, ByteBuffer target);
}
