// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.policy.Reaction;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.rollback.RollbackHistory.Refusal;
import java.util.List;

/**
 * What a rollback would do.
 *
 * @param snapshotKept whether the target's snapshot is there
 * @param disks targets of the disks that were frozen with it
 * @param touchedDisks those of them whose images are not as they were
 * @param runState of the VM now, in the hypervisor's words
 * @param outcome what became of a request
 * @param obstacles why it would be refused, or would fail
 * @param limits in the way of an automatic one
 */
public record RollbackPreview(
    StoredReport target,
    boolean snapshotKept,
    List<String> disks,
    List<String> touchedDisks,
    String runState,
    Reaction reaction,
    Outcome outcome,
    List<Obstacle> obstacles,
    List<Refusal> limits) {
  /** What became of a request. */
  public enum Outcome {
    /** It would run. */
    RUN,
    /** It would be proposed. */
    PROPOSE,
    /** It would be refused, or fail. */
    REFUSE
  }

  /** Why it would not run, and one sentence on it. */
  public record Obstacle(Problem problem, String detail) {}

  public RollbackPreview {
    disks = List.copyOf(disks);
    touchedDisks = List.copyOf(touchedDisks);
    obstacles = List.copyOf(obstacles);
    limits = List.copyOf(limits);
  }
}
