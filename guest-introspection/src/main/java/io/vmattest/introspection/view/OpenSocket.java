// SPDX-License-Identifier: Apache-2.0
package io.vmattest.introspection.view;

import java.util.List;

/**
 * A socket.
 *
 * @param protocol of the family: 6 is TCP and 17 UDP for INET and INET6
 * @param localAddress that of INET in dotted decimals, of INET6 as eight groups, of UNIX the path,
 *     with an @ first if it is an abstract one; empty where there is none
 * @param localPort 0 if there is none
 * @param networkNamespace its inode number
 * @param inode the number of the socket's own inode; 0 for what no file belongs to
 * @param pids processes that have it open, ascending; empty for the kernel's own and for what is
 *     left of a closed one
 * @param address of its struct sock
 */
public record OpenSocket(
    SocketFamily family,
    SocketType type,
    long protocol,
    SocketState state,
    String localAddress,
    long localPort,
    String remoteAddress,
    long remotePort,
    long networkNamespace,
    long inode,
    List<Long> pids,
    long address) {
  public OpenSocket {
    pids = List.copyOf(pids);
  }
}
