// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.capture;

import java.util.OptionalInt;

/**
 * One pass over the memory, then the pause, for guests that QEMU emulates (TCG). Of QEMU 7.2's log
 * of dirty pages only one pass can be trusted there: where the log was read a second time while the
 * guest ran, pages that were written afterwards were not sent, as comparisons with pmemsave in the
 * same pause showed. Memory and registers would be of different instants, without any error. Other
 * versions were not measured, and are treated alike.
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
