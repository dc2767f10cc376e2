// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.clones;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import io.vmattest.tee.NativeFile;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;

/** Our end of a connected stream socket. */
final class StubSocket implements AutoCloseable {
  /** What is needed of libc. */
  interface LibC extends Library {
    LibC INSTANCE = Native.load("c", LibC.class, Map.of(OPTION_STRING_ENCODING, "UTF-8"));

    NativeLong read(int descriptor, byte[] buffer, NativeLong size) throws LastErrorException;

    NativeLong write(int descriptor, byte[] buffer, NativeLong size) throws LastErrorException;
  }

  private final NativeFile file;
  private boolean closed;

  /**
   * @param file closed with it
   */
  StubSocket(NativeFile file) {
    this.file = file;
  }

  /**
   * Waits for bytes.
   *
   * @return how many; none if the other end is closed
   */
  int read(byte[] buffer) throws IOException {
    try {
      return LibC.INSTANCE
          .read(file.descriptor(), buffer, new NativeLong(buffer.length))
          .intValue();
    } catch (LastErrorException e) {
      throw new IOException("reading from the stub: " + e.getMessage(), e);
    }
  }

  synchronized void write(byte[] bytes) throws IOException {
    if (closed) {
      throw new IOException("the stub is closed");
    }
    byte[] left = bytes;
    while (left.length > 0) {
      int written;
      try {
        written =
            LibC.INSTANCE.write(file.descriptor(), left, new NativeLong(left.length)).intValue();
      } catch (LastErrorException e) {
        throw new IOException("writing to the stub: " + e.getMessage(), e);
      }
      left = Arrays.copyOfRange(left, written, left.length);
    }
  }

  /** To be called by whoever reads: a descriptor that is closed may be another file's by then. */
  @Override
  public synchronized void close() {
    closed = true;
    file.close();
  }
}
