// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.ptr.IntByReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/**
 * A named pipe that can be written before whoever reads it has come: it has a reader of its own,
 * who takes nothing. Removed when closed.
 */
final class Fifo implements AutoCloseable {
  private static final int OWNER_ONLY = 0600;
  private static final int O_RDONLY = 0;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_NOFOLLOW = 0x20000;
  private static final int O_CLOEXEC = 0x80000;
  private static final long FIONREAD = 0x541B;

  /** What is needed of libc. */
  interface LibC extends Library {
    LibC INSTANCE = Native.load("c", LibC.class, Map.of(OPTION_STRING_ENCODING, "UTF-8"));

    int mkfifo(String path, int mode) throws LastErrorException;

    int open(String path, int flags, Object... mode) throws LastErrorException;

    int ioctl(int descriptor, NativeLong request, Object... argument) throws LastErrorException;

    int close(int descriptor) throws LastErrorException;
  }

  private final Path path;
  private final int reader;
  private boolean abandoned;

  private Fifo(Path path, int reader) {
    this.path = path;
    this.reader = reader;
  }

  static Fifo make(Path folder) throws IOException {
    Path path = folder.resolve("restore-" + UUID.randomUUID());
    try {
      LibC.INSTANCE.mkfifo(path.toString(), OWNER_ONLY);
      // A writer is not waited for (fifo(7)).
      int flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
      return new Fifo(path, LibC.INSTANCE.open(path.toString(), flags));
    } catch (LastErrorException e) {
      Files.deleteIfExists(path);
      throw new IOException("making the pipe " + path + ": " + e.getMessage(), e);
    }
  }

  Path path() {
    return path;
  }

  /** How many bytes are in it, which nobody has read; none if it was abandoned. */
  synchronized int unread() throws IOException {
    if (abandoned) {
      return 0;
    }
    try {
      IntByReference bytes = new IntByReference();
      LibC.INSTANCE.ioctl(reader, new NativeLong(FIONREAD), bytes);
      return bytes.getValue();
    } catch (LastErrorException e) {
      throw new IOException("looking into the pipe " + path + ": " + e.getMessage(), e);
    }
  }

  /** If nobody else reads it, a writer fails from now on (EPIPE). */
  synchronized void abandon() {
    if (abandoned) {
      return;
    }
    abandoned = true;
    try {
      LibC.INSTANCE.close(reader);
    } catch (LastErrorException e) {
      // Linux has given the descriptor up all the same.
      return;
    }
  }

  @Override
  public void close() throws IOException {
    abandon();
    Files.deleteIfExists(path);
  }
}
