// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import java.util.OptionalInt;

/**
 * One pass over the memory, then the pause, for guests that QEMU emulates (TCG). With QEMU before
 * 9.0, TCG's log of dirty pages holds for one pass only: when it is read a second time, pages are
 * marked clean without the vCPUs' TLBs being told, and what the guest writes to them next is never
 * sent. Memory and registers would be of different instants, without any error.
 */
final class SinglePass implements Convergence {
  /**
   * With no pause allowed, QEMU never looks at the log for what might fit into one: it stops the
   * guest when nothing is left to send, and sends what was written meanwhile in the pause.
   */
  @Override
  public int firstMillis() {
    return 0;
  }

  @Override
  public OptionalInt raise(long passes) {
    return OptionalInt.empty();
  }

  /** The log is read when the migration begins, and again when the guest stands. */
  @Override
  public boolean isHopeless(long passes) {
    return passes > 2;
  }
}
