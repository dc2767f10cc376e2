// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import io.vmattest.introspection.memory.AddressSpace;
import io.vmattest.introspection.memory.MalformedGuestException;
import io.vmattest.introspection.structure.Field;
import io.vmattest.introspection.structure.Struct;
import io.vmattest.introspection.structure.Structures;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Reads what one struct sock says. */
final class SocketReader {
  private static final int MAX_UNIX = 110;
  private static final long TCP = 6;

  private final AddressSpace space;
  final Field node;
  final Field nullsNode;
  final Field network;
  private final Field family;
  private final Field state;
  private final Field localPort;
  private final Field remotePort;
  private final Field local4;
  private final Field remote4;
  private final Field local6;
  private final Field remote6;
  private final Field type;
  private final Field protocol;
  private final Field socket;
  private final Field embeddedSocket;
  private final Field embeddedInode;
  private final Field inodeNumber;
  private final Field networkInode;
  private final Optional<UnixFields> unix;

  SocketReader(Structures structures) throws MalformedGuestException {
    this.space = structures.space();
    Struct common = structures.struct("sock_common");
    this.node = common.field("skc_node");
    this.nullsNode = common.field("skc_nulls_node");
    this.network = common.field("skc_net.net");
    this.family = common.field("skc_family");
    this.state = common.field("skc_state");
    this.localPort = common.field("skc_num");
    this.remotePort = common.field("skc_dport");
    this.local4 = common.field("skc_rcv_saddr");
    this.remote4 = common.field("skc_daddr");
    this.local6 = common.field("skc_v6_rcv_saddr");
    this.remote6 = common.field("skc_v6_daddr");
    Struct sock = structures.struct("sock");
    this.type = sock.field("sk_type");
    this.protocol = sock.field("sk_protocol");
    this.socket = sock.field("sk_socket");
    this.embeddedSocket = structures.struct("socket_alloc").field("socket");
    this.embeddedInode = structures.struct("socket_alloc").field("vfs_inode");
    this.inodeNumber = structures.struct("inode").field("i_ino");
    this.networkInode = structures.struct("net").field("ns.inum");
    this.unix =
        structures.has("unix_sock") ? Optional.of(UnixFields.of(structures)) : Optional.empty();
  }

  /**
   * @param sock its struct sock, or the smaller one that begins alike
   */
  OpenSocket read(long sock, List<Long> pids) throws MalformedGuestException {
    SocketState now = SocketState.of(state.get(sock));
    SocketFamily kind = SocketFamily.of(family.get(sock));
    boolean small = now.isSmall() && (kind == SocketFamily.INET || kind == SocketFamily.INET6);
    Ends ends = ends(kind, sock);
    return new OpenSocket(
        kind,
        small ? SocketType.STREAM : SocketType.of(type.get(sock)),
        small ? TCP : protocol.get(sock),
        now,
        ends.local,
        ends.localPort,
        ends.remote,
        ends.remotePort,
        networkInode.get(network.pointer(sock)),
        small ? 0 : inode(sock),
        pids,
        sock);
  }

  private long inode(long sock) throws MalformedGuestException {
    long own = socket.pointer(sock);
    return own == 0 ? 0 : inodeNumber.get(embeddedInode.at(embeddedSocket.containerOf(own)));
  }

  private Ends ends(SocketFamily kind, long sock) throws MalformedGuestException {
    return switch (kind) {
      case INET -> internet(sock, local4, remote4);
      case INET6 -> internet(sock, local6, remote6);
      case UNIX -> new Ends(unix.isPresent() ? path(unix.get(), sock) : "", 0, "", 0);
      default -> new Ends("", 0, "", 0);
    };
  }

  private Ends internet(long sock, Field local, Field remote) throws MalformedGuestException {
    int port = Short.toUnsignedInt(Short.reverseBytes((short) remotePort.get(sock)));
    return new Ends(text(local, sock), localPort.get(sock), text(remote, sock), port);
  }

  private String text(Field address, long sock) throws MalformedGuestException {
    byte[] bytes = space.bytes(address.at(sock), address.size(), 16);
    try {
      // One made otherwise would show addresses that map IPv4 as such.
      return bytes.length == 16
          ? Inet6Address.getByAddress(null, bytes, -1).getHostAddress()
          : InetAddress.getByAddress(bytes).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalStateException("neither 4 nor 16 bytes: " + bytes.length, e);
    }
  }

  private String path(UnixFields fields, long sock) throws MalformedGuestException {
    long address = fields.address.pointer(sock);
    if (address == 0) {
      return "";
    }
    long skipped = fields.path.offset();
    long length = fields.length.get(address) - skipped;
    if (length <= 0) {
      return "";
    }
    byte[] bytes = space.bytes(fields.name.at(address) + skipped, length, MAX_UNIX);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    if (text.charAt(0) == 0) {
      return "@" + text.substring(1);
    }
    int end = text.indexOf(0);
    return end < 0 ? text : text.substring(0, end);
  }

  private record Ends(String local, long localPort, String remote, long remotePort) {}

  private record UnixFields(Field address, Field length, Field name, Field path) {
    static UnixFields of(Structures structures) throws MalformedGuestException {
      Struct address = structures.struct("unix_address");
      return new UnixFields(
          structures.struct("unix_sock").field("addr"),
          address.field("len"),
          address.field("name"),
          structures.struct("sockaddr_un").field("sun_path"));
    }
  }
}
