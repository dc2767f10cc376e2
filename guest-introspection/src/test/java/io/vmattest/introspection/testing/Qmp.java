// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** QEMU's monitor; answers are left as JSON. */
final class Qmp implements AutoCloseable {
  private final SocketChannel channel;
  private final BufferedReader answers;

  Qmp(Path socket) throws IOException {
    channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    answers =
        new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8.newDecoder(), -1));
    execute("qmp_capabilities", "{}");
  }

  String execute(String command, String arguments) throws IOException {
    String line = "{\"execute\":\"%s\",\"arguments\":%s}\n".formatted(command, arguments);
    channel.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
    while (true) {
      String answer = answers.readLine();
      if (answer == null || answer.startsWith("{\"error\"")) {
        throw new IOException(command + ": " + answer);
      }
      if (answer.startsWith("{\"return\"")) {
        return answer;
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
