// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class MonitorHoldTest {
  private static final long OWN = ProcessHandle.current().pid();

  @TempDir Path folder;

  @Test
  void whoListensSeesTheEndOnlyWhenItIsHeldNoMore() throws Exception {
    try (ServerSocketChannel server = listen("monitor.sock");
        SocketChannel libvirt = SocketChannel.open(server.getLocalAddress())) {
      SocketChannel qemu = server.accept();
      libvirt.configureBlocking(false);
      try (MonitorHold hold = MonitorHold.of(OWN)) {
        assertEquals(2, hold.size(), "the one that listens, and the connection");
        qemu.close();
        assertEquals(0, libvirt.read(ByteBuffer.allocate(1)));
      }
      assertEquals(-1, libvirt.read(ByteBuffer.allocate(1)));
    }
  }

  @Test
  void ofManyFewAreHeld() throws Exception {
    List<SocketChannel> open = new ArrayList<>();
    try (ServerSocketChannel server = listen("monitor.sock")) {
      for (int i = 0; i < 20; i++) {
        open.add(SocketChannel.open(server.getLocalAddress()));
        open.add(server.accept());
      }
      try (MonitorHold hold = MonitorHold.of(OWN)) {
        assertEquals(16, hold.size());
      }
    } finally {
      for (SocketChannel channel : open) {
        channel.close();
      }
    }
  }

  @Test
  void otherSocketsAreNotHeld() throws Exception {
    try (ServerSocketChannel server = listen("console.sock");
        SocketChannel client = SocketChannel.open(server.getLocalAddress());
        SocketChannel accepted = server.accept();
        MonitorHold hold = MonitorHold.of(OWN)) {
      assertEquals(0, hold.size());
    }
  }

  @Test
  void ofAProcessThatIsNoMoreNothingIsHeld() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    try (MonitorHold hold = MonitorHold.of(ended.pid())) {
      assertEquals(0, hold.size());
    }
  }

  private ServerSocketChannel listen(String name) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    return server.bind(UnixDomainSocketAddress.of(folder.resolve(name)));
  }
}
