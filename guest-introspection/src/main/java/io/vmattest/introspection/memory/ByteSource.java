// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.memory;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Bytes that are read by their position: a file, or a block of a captured guest's RAM. */
@FunctionalInterface
public interface ByteSource {
  /**
   * Copies bytes into the buffer's remaining space.
   *
   * @param offset from the beginning, not negative
   * @return how many; may be fewer than there is space for; 0 or less behind the end
   */
  int read(ByteBuffer target, long offset) throws IOException;
}
