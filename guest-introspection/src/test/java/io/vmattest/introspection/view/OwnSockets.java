// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Compares the view of sockets with what the guest's /proc said of them. */
final class OwnSockets {
  private final ViewGuest guest;
  private final long namespace;

  /**
   * @param namespace of the network that /proc tells of
   */
  OwnSockets(ViewGuest guest, long namespace) {
    this.guest = guest;
    this.namespace = namespace;
  }

  void assertEqual(List<OpenSocket> sockets) {
    Set<String> seen = new TreeSet<>();
    for (OpenSocket socket : sockets) {
      boolean internet =
          socket.family() == SocketFamily.INET || socket.family() == SocketFamily.INET6;
      if (internet && socket.networkNamespace() == namespace && socket.protocol() != 1) {
        String table =
            (socket.protocol() == 6 ? "tcp" : "udp")
                + (socket.family() == SocketFamily.INET6 ? "6" : "");
        seen.add(
            "%s %d %d %d %d"
                .formatted(
                    table,
                    socket.localPort(),
                    socket.remotePort(),
                    socket.state().ordinal(),
                    socket.inode()));
      }
    }
    Set<String> said = new TreeSet<>();
    for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
      guest.said(table).stream().skip(1).forEach(line -> said.add(table + " " + internet(line)));
    }
    assertEquals(said, seen);
    assertTrue(said.size() >= 5, said.toString());
    assertOwned(sockets);
    assertUnix(sockets);
  }

  /** sl local rem st queues tr retrnsmt uid timeout inode. */
  private static String internet(String line) {
    String[] words = line.strip().split("\\s+", -1);
    return "%d %d %d %s"
        .formatted(port(words[1]), port(words[2]), Integer.parseInt(words[3], 16), words[9]);
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.indexOf(':') + 1), 16);
  }

  private void assertOwned(List<OpenSocket> sockets) {
    Pattern link = Pattern.compile(".*/proc/(\\d+)/fd/\\d+ -> socket:\\[(\\d+)\\]");
    Map<Long, Long> owners = new TreeMap<>();
    for (String line : guest.said("fd")) {
      Matcher matcher = link.matcher(line);
      if (matcher.matches()) {
        owners.put(Long.valueOf(matcher.group(2)), Long.valueOf(matcher.group(1)));
      }
    }
    assertEquals(6, owners.size(), owners.toString());
    owners.forEach(
        (inode, pid) ->
            assertEquals(
                List.of(List.of(pid)),
                sockets.stream().filter(it -> it.inode() == inode).map(OpenSocket::pids).toList()));
    List<String> listening =
        sockets.stream()
            .filter(it -> it.state() == SocketState.LISTEN && !it.pids().isEmpty())
            .map(
                it ->
                    it.family() + " " + it.type() + " " + it.localAddress() + " " + it.localPort())
            .sorted()
            .toList();
    assertEquals(
        List.of(
            "INET STREAM 127.0.0.1 " + ViewGuest.TCP_PORT,
            "INET6 STREAM 0:0:0:0:0:0:0:0 " + ViewGuest.TCP6_PORT,
            "UNIX STREAM @" + ViewGuest.UNIX_NAME + " 0"),
        listening);
    assertTrue(
        sockets.stream()
            .anyMatch(
                it ->
                    it.protocol() == 17
                        && it.localPort() == ViewGuest.UDP_PORT
                        && it.localAddress().equals("0.0.0.0")),
        "UDP");
    assertTrue(
        sockets.stream()
            .anyMatch(
                it ->
                    it.state() == SocketState.ESTABLISHED
                        && it.remotePort() == ViewGuest.TCP_PORT
                        && it.remoteAddress().equals("127.0.0.1")),
        "a connection");
  }

  /** Num RefCount Protocol Flags Type St Inode Path. */
  private void assertUnix(List<OpenSocket> sockets) {
    for (String line : guest.said("unix").subList(1, guest.said("unix").size())) {
      String[] words = line.strip().split("\\s+", -1);
      String path = words.length > 7 ? words[7] : "";
      assertTrue(
          sockets.stream()
              .anyMatch(
                  it ->
                      it.family() == SocketFamily.UNIX
                          && it.inode() == Long.parseLong(words[6])
                          && it.localAddress().equals(path)),
          line);
    }
  }
}
