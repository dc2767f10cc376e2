// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

/** Families of addresses, of those that Linux numbers (include/linux/socket.h). */
public enum SocketFamily {
  UNIX(1),
  INET(2),
  INET6(10),
  NETLINK(16),
  PACKET(17),
  VSOCK(40),
  OTHER(-1);

  private final int number;

  SocketFamily(int number) {
    this.number = number;
  }

  static SocketFamily of(long number) {
    for (SocketFamily family : values()) {
      if (family.number == number) {
        return family;
      }
    }
    return OTHER;
  }
}
