// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import io.vmattest.tee.Capture;
import io.vmattest.tee.NativeFile;
import io.vmattest.tee.SocketPair;
import io.vmattest.tee.TeeException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** A recorded migration stream of a small machine, played to the measurement module. */
final class PlayedCapture {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PIECE = 1 << 16;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int MSG_WAITALL = 0x100;

  /** Bytes of the message by which the module refuses the switchover. */
  private static final int REFUSAL = 8;

  private PlayedCapture() {}

  /** Calls of libc that play the hypervisor. */
  interface LibC extends Library {
    LibC INSTANCE = Native.load("c", LibC.class);

    long send(int socket, byte[] data, long size, int flags) throws LastErrorException;

    long recv(int socket, byte[] data, long size, int flags) throws LastErrorException;
  }

  static Capture measured(byte[] stream) throws TeeException {
    Capture capture = Capture.create();
    try (SocketPair pair = SocketPair.create()) {
      CompletableFuture<Void> hypervisor =
          CompletableFuture.runAsync(() -> play(pair.hypervisor(), stream));
      capture.readStream(pair.module().descriptor(), PATIENCE);
      hypervisor.join();
    }
    capture.measure(1);
    return capture;
  }

  private static void play(NativeFile socket, byte[] stream) {
    for (int offset = 0; offset < stream.length; ) {
      byte[] piece = Arrays.copyOfRange(stream, offset, Math.min(offset + PIECE, stream.length));
      offset += (int) LibC.INSTANCE.send(socket.descriptor(), piece, piece.length, MSG_NOSIGNAL);
    }
    LibC.INSTANCE.recv(socket.descriptor(), new byte[REFUSAL], REFUSAL, MSG_WAITALL);
    socket.close();
  }
}
