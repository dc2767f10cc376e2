// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.KeptSnapshot;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.policy.Policies;
import io.vmattest.server.policy.Reaction;
import io.vmattest.server.policy.ReactionTerms;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.reaction.RollbackPreview.Obstacle;
import io.vmattest.server.reaction.RollbackPreview.Outcome;
import io.vmattest.server.rollback.RollbackHistory;
import io.vmattest.server.rollback.RollbackHistory.Limit;
import io.vmattest.server.rollback.RollbackHistory.Refusal;
import io.vmattest.server.rollback.RollbackService;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Says what a rollback would do, and touches nothing. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class RollbackPreviews {
  @Inject RollbackService rollbacks;
  @Inject RollbackHistory history;
  @Inject Policies policies;
  @Inject HostGateway host;

  /**
   * Looks at everything that a rollback looks at first, but for the snapshot's bytes.
   *
   * @param report as for {@link RollbackService#start}
   * @throws ServiceException with NO_BASELINE, NO_SUCH_REPORT, NO_SUCH_VM
   */
  public RollbackPreview of(UUID vm, Optional<Digest> report) {
    StoredReport target = rollbacks.target(vm, report);
    RunState state = host.virtualMachine(vm).state();
    Digest snapshot = target.report().snapshot();
    Optional<KeptSnapshot> kept =
        host.call(c -> c.keptSnapshots(vm)).stream()
            .filter(s -> s.digest().equals(snapshot))
            .findFirst();
    List<String> touched =
        kept.isPresent() ? host.call(c -> c.touchedDisks(vm, snapshot)) : List.of();
    ReactionTerms terms = policies.of(vm).reaction();
    List<Refusal> limits = history.limits(vm, target.digest(), Optional.empty(), terms);
    List<Obstacle> obstacles = obstacles(state, kept.isPresent(), touched, limits);
    return new RollbackPreview(
        target,
        kept.isPresent(),
        kept.map(KeptSnapshot::disks).orElse(List.of()),
        touched,
        state.name(),
        terms.reaction(),
        outcome(obstacles, terms.reaction()),
        obstacles,
        limits);
  }

  private static List<Obstacle> obstacles(
      RunState state, boolean kept, List<String> touched, List<Refusal> limits) {
    List<Obstacle> obstacles = new ArrayList<>();
    if (!kept) {
      obstacles.add(new Obstacle(Problem.NO_SUCH_SNAPSHOT, "no snapshot is kept of the report"));
    }
    if (!touched.isEmpty()) {
      obstacles.add(
          new Obstacle(
              Problem.SNAPSHOT_DAMAGED, "images are not as they were frozen: disks " + touched));
    }
    if (state != RunState.RUNNING && state != RunState.SUSPENDED) {
      obstacles.add(new Obstacle(Problem.VM_NOT_ACTIVE, "the VM is " + state));
    }
    limits.stream()
        .filter(refusal -> refusal.limit() == Limit.RUNNING)
        .map(refusal -> new Obstacle(Problem.BUSY, refusal.detail()))
        .forEach(obstacles::add);
    return obstacles;
  }

  private static Outcome outcome(List<Obstacle> obstacles, Reaction reaction) {
    if (!obstacles.isEmpty()) {
      return Outcome.REFUSE;
    }
    return reaction == Reaction.APPROVE ? Outcome.PROPOSE : Outcome.RUN;
  }
}
