// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

/**
 * States of a TCP socket; the kernel uses these numbers for others as well: a UDP or UNIX socket
 * that is connected is ESTABLISHED, one that is not CLOSE, and UNIX ones LISTEN.
 */
public enum SocketState {
  UNKNOWN,
  ESTABLISHED,
  SYN_SENT,
  SYN_RECV,
  FIN_WAIT1,
  FIN_WAIT2,
  TIME_WAIT,
  CLOSE,
  CLOSE_WAIT,
  LAST_ACK,
  LISTEN,
  CLOSING,
  NEW_SYN_RECV;

  static SocketState of(long number) {
    return number >= 0 && number < values().length ? values()[(int) number] : UNKNOWN;
  }

  /** Whether what the kernel keeps is no full socket any more, or not yet. */
  boolean isSmall() {
    return this == TIME_WAIT || this == NEW_SYN_RECV;
  }
}
