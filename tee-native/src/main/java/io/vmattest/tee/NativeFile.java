// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** An open file, directory or FIFO by its descriptor. Not thread-safe. */
public final class NativeFile implements AutoCloseable {
  /** Flags of Linux on x86-64 (asm-generic/fcntl.h). */
  private static final int O_RDONLY = 0;

  private static final int O_WRONLY = 1;
  private static final int O_CREAT = 0x40;
  private static final int O_EXCL = 0x80;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_DIRECTORY = 0x10000;
  private static final int O_NOFOLLOW = 0x20000;
  private static final int O_CLOEXEC = 0x80000;
  private static final int F_SETFL = 4;
  private static final int OWNER_ONLY = 0600;
  private static final int RETRY_MILLIS = 10;

  /** What we need of libc. */
  interface LibC extends Library {
    LibC INSTANCE = Native.load("c", LibC.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));

    int open(String path, int flags, Object... mode) throws LastErrorException;

    int fcntl(int descriptor, int command, Object... argument) throws LastErrorException;

    int close(int descriptor) throws LastErrorException;
  }

  private final int descriptor;
  private boolean closed;

  private NativeFile(int descriptor) {
    this.descriptor = descriptor;
  }

  /** Takes over a descriptor. */
  static NativeFile ofDescriptor(int descriptor) {
    return new NativeFile(descriptor);
  }

  /**
   * @throws StorageException if there is no such directory or it must not be read
   */
  public static NativeFile openDirectory(Path path) throws TeeException {
    return open(path, O_RDONLY | O_DIRECTORY);
  }

  /** Opens an existing file, which must not be a symbolic link. */
  public static NativeFile openForReading(Path path) throws TeeException {
    return open(path, O_RDONLY | O_NOFOLLOW);
  }

  /** Creates a file that only its owner may read. */
  public static NativeFile create(Path path) throws TeeException {
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
  }

  /**
   * Opens a FIFO for writing as soon as somebody reads it.
   *
   * @throws DeadlineException if nobody does in time
   */
  public static NativeFile openFifoForWriting(Path path, Duration deadline)
      throws TeeException, InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    while (true) {
      try {
        NativeFile file = open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
        LibC.INSTANCE.fcntl(file.descriptor, F_SETFL, O_WRONLY);
        return file;
      } catch (NativeFailureException e) {
        if (e.errno() != Errno.ENXIO) {
          throw e;
        }
        if (System.nanoTime() - end >= 0) {
          throw new DeadlineException(Errno.ETIMEDOUT, "nobody reads " + path);
        }
      }
      // The kernel has no event for a reader's arrival.
      Thread.sleep(RETRY_MILLIS);
    }
  }

  private static NativeFile open(Path path, int flags) throws TeeException {
    while (true) {
      try {
        return new NativeFile(LibC.INSTANCE.open(path.toString(), flags | O_CLOEXEC, OWNER_ONLY));
      } catch (LastErrorException e) {
        if (e.getErrorCode() != Errno.EINTR) {
          throw TeeException.ofStorage(e.getErrorCode(), "opening " + path + ": " + e.getMessage());
        }
      }
    }
  }

  /**
   * The descriptor, valid until {@link #close()}.
   *
   * @throws IllegalStateException if the file is closed
   */
  public int descriptor() {
    if (closed) {
      throw new IllegalStateException("the file is closed");
    }
    return descriptor;
  }

  /** Closes it; a second call does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      LibC.INSTANCE.close(descriptor);
    } catch (LastErrorException e) {
      // Linux has given the descriptor up all the same, and what was written is synced by those who
      // care.
    }
  }
}
