// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/** A named pipe; removed when closed. */
record Fifo(Path path) implements AutoCloseable {
  private static final int OWNER_ONLY = 0600;

  /** What is needed of libc. */
  interface LibC extends Library {
    LibC INSTANCE = Native.load("c", LibC.class, Map.of(OPTION_STRING_ENCODING, "UTF-8"));

    int mkfifo(String path, int mode) throws LastErrorException;
  }

  static Fifo make(Path folder) throws IOException {
    Path path = folder.resolve("restore-" + UUID.randomUUID());
    try {
      LibC.INSTANCE.mkfifo(path.toString(), OWNER_ONLY);
    } catch (LastErrorException e) {
      throw new IOException("making the pipe " + path + ": " + e.getMessage(), e);
    }
    return new Fifo(path);
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(path);
  }
}
