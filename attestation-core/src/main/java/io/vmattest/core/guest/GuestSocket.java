// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.guest;

import java.util.List;

/**
 * An open socket.
 *
 * @param protocol such as tcp, udp6, unix
 * @param local address and port, or path
 * @param remote the same; empty if it is not connected
 * @param state such as LISTEN; empty for those without one
 * @param pids of the processes that have it open
 */
public record GuestSocket(
    String protocol, String local, String remote, String state, List<Long> pids) {
  public GuestSocket {
    pids = List.copyOf(pids);
  }

  /** Whether it takes what anybody sends to it. */
  public boolean isListener() {
    return state.equals("LISTEN") || (protocol.startsWith("udp") && remote.isEmpty());
  }
}
