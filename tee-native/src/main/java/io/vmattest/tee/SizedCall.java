// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import com.sun.jna.ptr.LongByReference;
import java.util.Arrays;

/** A native call that fills a buffer and says how large it must be. */
@FunctionalInterface
interface SizedCall {
  int into(byte[] buffer, long size, LongByReference needed);

  /** What a failed call means. */
  @FunctionalInterface
  interface Failure {
    TeeException of(int errno, String detail);
  }

  /** More tries than that mean that the size never settles. */
  int TRIES = 4;

  /** Room that a result made anew may need more than the one that was asked about. */
  int SLACK = 64;

  /** Calls until the buffer is large enough. */
  static byte[] result(int firstSize, Failure failure, SizedCall call) throws TeeException {
    int size = firstSize;
    for (int i = 0; i < TRIES; i++) {
      byte[] buffer = new byte[size];
      LongByReference needed = new LongByReference();
      int result = call.into(buffer, size, needed);
      if (result >= 0) {
        return Arrays.copyOf(buffer, Math.toIntExact(needed.getValue()));
      }
      if (result != -Errno.ENOBUFS) {
        throw failure.of(-result, NativeLibrary.get().vmtee_detail());
      }
      size = Math.addExact(Math.toIntExact(needed.getValue()), SLACK);
    }
    throw failure.of(Errno.ENOBUFS, "the size of the result does not settle");
  }
}
