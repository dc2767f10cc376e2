// SPDX-License-Identifier: Apache-2.0
package io.vmattest.tee;

/** The other side closed before the end, as when the hypervisor failed the migration. */
public final class PeerClosedException extends TeeException {
  private static final long serialVersionUID = 1L;

  PeerClosedException(int errno, String detail) {
    super("closed by the peer", errno, detail);
  }
}
