// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** A recorded migration stream, played to a capture as QEMU would. */
final class RecordedCapture {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PIECE = 64 * 1024;

  /** What we need of libc to play QEMU. */
  interface LibC extends Library {
    LibC INSTANCE = Native.load("c", LibC.class);

    long send(int socket, byte[] data, long size, int flags) throws LastErrorException;

    long recv(int socket, byte[] data, long size, int flags) throws LastErrorException;
  }

  /** Have send() report a closed peer instead of raising a signal. */
  private static final int MSG_NOSIGNAL = 0x4000;

  private static final int MSG_WAITALL = 0x100;

  /** Bytes of the return path's SHUT message: type, length, error. */
  private static final int REFUSAL = 2 + 2 + 4;

  private static final int PAGE_SIZE = 4096;

  /** Bytes of the head of a page's record, and its flags. */
  private static final int RECORD = 8;

  private static final int ZERO = 0x02;
  private static final int PAGE = 0x08;
  private static final int CONTINUE = 0x20;

  private RecordedCapture() {}

  static byte[] stream() throws Exception {
    return Files.readAllBytes(Path.of("src/test/c/data/microvm.stream"));
  }

  /**
   * The recorded stream with other content in some pages of microvm.ram, which must be empty ones
   * in the recording.
   */
  static byte[] withPages(int... offsets) throws Exception {
    byte[] stream = stream();
    for (int offset : offsets) {
      stream = withPage(stream, offset);
    }
    return stream;
  }

  /** Puts a page in the place of the record of an empty one: u64 offset and flags, then a zero. */
  private static byte[] withPage(byte[] stream, int offset) {
    byte[] empty = ByteBuffer.allocate(RECORD + 1).putLong(offset | ZERO | CONTINUE).array();
    int at = indexOf(stream, empty);
    ByteBuffer changed = ByteBuffer.allocate(stream.length - 1 + PAGE_SIZE);
    changed.put(stream, 0, at).putLong(offset | PAGE | CONTINUE);
    int next = changed.position() + PAGE_SIZE;
    changed.put((byte) 0xaa).position(next);
    changed.put(stream, at + RECORD + 1, stream.length - at - RECORD - 1);
    return changed.array();
  }

  private static int indexOf(byte[] bytes, byte[] wanted) {
    for (int at = 0; at + wanted.length <= bytes.length; at++) {
      if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
        return at;
      }
    }
    throw new AssertionError("the recording has no such record");
  }

  /** Captures and measures the recorded machine. */
  static Capture measured() throws Exception {
    return measured(stream());
  }

  /** Captures and measures the machine of a stream. */
  static Capture measured(byte[] stream) throws Exception {
    Capture capture = Capture.create();
    play(capture, stream);
    capture.measure(2);
    return capture;
  }

  /** Has the capture read a whole stream. */
  static void play(Capture capture, byte[] stream) throws Exception {
    play(capture, stream, true);
  }

  /** Has the capture read what came of a stream before the hypervisor gave up. */
  static void playCutShort(Capture capture, byte[] stream) throws Exception {
    play(capture, stream, false);
  }

  private static void play(Capture capture, byte[] stream, boolean whole) throws Exception {
    try (SocketPair pair = SocketPair.create()) {
      CompletableFuture<Void> sender =
          CompletableFuture.runAsync(() -> send(pair.hypervisor(), stream, whole));
      try {
        capture.readStream(pair.module().descriptor(), PATIENCE);
      } finally {
        pair.module().close();
        sender.join();
      }
    }
  }

  /**
   * Sends the stream and closes: a whole one not before the switchover is refused, as QEMU does.
   */
  private static void send(NativeFile socket, byte[] stream, boolean whole) {
    try {
      for (int offset = 0; offset < stream.length; ) {
        byte[] piece = Arrays.copyOfRange(stream, offset, Math.min(offset + PIECE, stream.length));
        offset += (int) LibC.INSTANCE.send(socket.descriptor(), piece, piece.length, MSG_NOSIGNAL);
      }
      if (whole) {
        LibC.INSTANCE.recv(socket.descriptor(), new byte[REFUSAL], REFUSAL, MSG_WAITALL);
      }
    } catch (LastErrorException e) {
      // The capture refused the stream before its end.
    } finally {
      socket.close();
    }
  }
}
