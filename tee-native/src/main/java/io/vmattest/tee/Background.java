// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;

/** Work that fills what others leave of the processors. */
public final class Background {
  private static final int PRIO_PROCESS = 0;
  private static final int CALLING_THREAD = 0;
  private static final int NICE = 10;

  private Background() {}

  /** What we need of libc. */
  interface LibC extends Library {
    LibC INSTANCE = Native.load("c", LibC.class);

    int setpriority(int which, int who, int nice) throws LastErrorException;
  }

  /**
   * From now on the calling thread, and each that it starts in the measurement module, comes after
   * the others (setpriority(2), which on Linux is of a thread). That cannot be taken back: it is
   * for a thread that ends with its work.
   */
  public static void enter() {
    try {
      LibC.INSTANCE.setpriority(PRIO_PROCESS, CALLING_THREAD, NICE);
    } catch (LastErrorException e) {
      // It is as quick as it was.
      return;
    }
  }
}
