// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.DebugClone;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.operations.OperationStore;
import io.vmattest.server.policy.Baselines;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.rollback.RollbackService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What keeps snapshots from being dropped. */
@ApplicationScoped
public class Pins {
  @Inject Baselines baselines;
  @Inject OperationStore operations;
  @Inject OpenCases cases;
  @Inject HostGateway host;

  /**
   * The same snapshots, with their pins.
   *
   * @param snapshots all that the VM has, oldest first
   */
  public List<Snapshot> on(UUID vm, List<Snapshot> snapshots) {
    if (snapshots.isEmpty()) {
      return snapshots;
    }
    Predicate<Digest> baseline = baseline(vm);
    boolean rollback = isBeingRolledBack(vm);
    Optional<Digest> open = cases.of(vm, snapshots);
    Set<Digest> cloned = cloned(vm);
    return snapshots.stream()
        .map(s -> s.with(pins(s.digest(), baseline, rollback, open, cloned)))
        .toList();
  }

  private Set<Digest> cloned(UUID vm) {
    return host.call(c -> c.clones(vm)).stream()
        .map(DebugClone::snapshot)
        .collect(Collectors.toSet());
  }

  private static Set<Pin> pins(
      Digest snapshot,
      Predicate<Digest> baseline,
      boolean rollback,
      Optional<Digest> open,
      Set<Digest> cloned) {
    Set<Pin> pins = EnumSet.noneOf(Pin.class);
    if (baseline.test(snapshot)) {
      pins.add(Pin.BASELINE);
    }
    if (open.equals(Optional.of(snapshot))) {
      pins.add(Pin.OPEN_CASE);
    }
    if (rollback) {
      pins.add(Pin.ROLLBACK);
    }
    if (cloned.contains(snapshot)) {
      pins.add(Pin.DEBUG_CLONE);
    }
    return pins;
  }

  private Predicate<Digest> baseline(UUID vm) {
    try {
      return baselines
          .find(vm)
          .map(b -> Predicate.<Digest>isEqual(b.report().report().snapshot()))
          .orElse(snapshot -> false);
    } catch (ServiceException e) {
      if (e.problem() != Problem.LEDGER_DAMAGED) {
        throw e;
      }
      // Which one it is nobody knows any more: each may be it.
      return snapshot -> true;
    }
  }

  /** Which snapshot it goes back to is known to it alone. */
  private boolean isBeingRolledBack(UUID vm) {
    return operations
        .last(RollbackService.KIND, vm)
        .map(Operation::state)
        .equals(Optional.of(Operation.State.RUNNING));
  }
}
