// SPDX-License-Identifier: Apache-2.0
package io.vmattest.hypervisor.api;

import java.time.Instant;
import java.util.List;

/**
 * What the host's journal of rollbacks holds.
 *
 * @param damaged records that could not be read; their VMs are not known, and may stand paused
 */
public record OpenRollbacks(List<OpenRollback> rollbacks, List<Damaged> damaged) {
  /**
   * A record that was put aside.
   *
   * @param file its name in the state folder's {@code rollback}
   * @param since when it was written last
   */
  public record Damaged(String file, Instant since) {}

  public OpenRollbacks {
    rollbacks = List.copyOf(rollbacks);
    damaged = List.copyOf(damaged);
  }
}
