// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.memory.MalformedGuestException.Reason;

/**
 * How much text a look at a guest takes in all, a step of a path counting as a character: tasks
 * without number may each bring pages of it.
 */
final class TextBudget {
  private static final int MAX_TEXT = 16 << 20;

  private int left = MAX_TEXT;

  void take(long address, int length) throws MalformedGuestException {
    left -= length;
    if (left < 0) {
      left = 0;
      throw new MalformedGuestException(
          Reason.TOO_LARGE, address, "paths and command lines of more than 16 MiB");
    }
  }
}
