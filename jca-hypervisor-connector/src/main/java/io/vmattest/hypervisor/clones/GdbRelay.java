// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.clones;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Lets one debugger after the other have a stub, on the loopback interface, and keeps QEMU's
 * monitor, which is behind the stub (qRcmd), from all of them. Ends with the stub.
 */
final class GdbRelay {
  private static final Logger LOG = System.getLogger(GdbRelay.class.getName());
  private static final byte[] INTERRUPT = {3};
  private static final int PIECE = 4096;

  private final StubSocket stub;
  private final ServerSocket server;
  private Optional<Socket> client = Optional.empty();

  private GdbRelay(StubSocket stub, ServerSocket server) {
    this.stub = stub;
    this.server = server;
  }

  /**
   * @param stub closed when its other end is
   * @return address and port where debuggers are let in
   */
  static String start(StubSocket stub) throws IOException {
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    GdbRelay relay = new GdbRelay(stub, new ServerSocket(0, 1, loopback));
    relay.run("vmattest-gdb-in", relay::letIn);
    relay.run("vmattest-gdb-out", relay::passOut);
    return "127.0.0.1:" + relay.server.getLocalPort();
  }

  private void run(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void letIn() {
    while (!server.isClosed()) {
      try (Socket next = server.accept()) {
        set(Optional.of(next));
        passIn(next);
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "a debugger has left", e);
      } finally {
        set(Optional.empty());
      }
      stopGuest();
    }
  }

  private void passIn(Socket from) throws IOException {
    PacketFilter filter =
        new PacketFilter(
            new PacketFilter.Sink() {
              @Override
              public void forward(byte[] bytes) throws IOException {
                stub.write(bytes);
              }

              @Override
              public void answer(PacketFilter.Verdict verdict) throws IOException {
                refuse(from, verdict);
              }
            });
    InputStream input = from.getInputStream();
    byte[] piece = new byte[PIECE];
    for (int got = input.read(piece); got >= 0; got = input.read(piece)) {
      for (int i = 0; i < got; i++) {
        filter.accept(piece[i] & 0xff);
      }
    }
  }

  private void refuse(Socket from, PacketFilter.Verdict verdict) throws IOException {
    if (verdict == PacketFilter.Verdict.KILL) {
      throw new IOException("a debugger may not end the clone");
    }
    String answer = verdict == PacketFilter.Verdict.DETACH ? "OK" : "";
    byte[] payload = answer.getBytes(StandardCharsets.US_ASCII);
    send(from, new byte[] {'+'});
    send(from, PacketFilter.framed(payload));
  }

  /** Whoever let it run is gone: it stands still for the next one. */
  private void stopGuest() {
    try {
      stub.write(INTERRUPT);
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "the stub is gone", e);
    }
  }

  /** What comes while no debugger is there is for nobody. */
  private void passOut() {
    byte[] piece = new byte[PIECE];
    try {
      for (int got = stub.read(piece); got > 0; got = stub.read(piece)) {
        Optional<Socket> to = client();
        if (to.isPresent()) {
          offer(to.get(), Arrays.copyOf(piece, got));
        }
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "the stub is gone", e);
    } finally {
      close();
    }
  }

  private void offer(Socket to, byte[] bytes) {
    try {
      send(to, bytes);
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "a debugger has left", e);
    }
  }

  private static void send(Socket to, byte[] bytes) throws IOException {
    synchronized (to) {
      to.getOutputStream().write(bytes);
    }
  }

  private synchronized void set(Optional<Socket> now) {
    client = now;
  }

  private synchronized Optional<Socket> client() {
    return client;
  }

  private void close() {
    try {
      server.close();
      Optional<Socket> last = client();
      if (last.isPresent()) {
        last.get().close();
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "closing a relay", e);
    } finally {
      stub.close();
    }
  }
}
