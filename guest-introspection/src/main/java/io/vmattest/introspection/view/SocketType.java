// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

/** Types of sockets (include/linux/net.h). */
public enum SocketType {
  STREAM(1),
  DGRAM(2),
  RAW(3),
  SEQPACKET(5),
  OTHER(-1);

  private final int number;

  SocketType(int number) {
    this.number = number;
  }

  static SocketType of(long number) {
    for (SocketType type : values()) {
      if (type.number == number) {
        return type;
      }
    }
    return OTHER;
  }
}
