// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.server.attestation.CaptureGuard;
import io.vmattest.server.attestation.CaptureGuard.Urgency;
import io.vmattest.server.policy.Policies;
import io.vmattest.server.policy.Retention;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Drops the snapshots that a VM's policy does not keep. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class Pruning {
  @Inject Policies policies;
  @Inject Snapshots snapshots;
  @Inject CaptureGuard guard;
  @Inject Clock clock;

  /**
   * Prunes now.
   *
   * @throws io.vmattest.server.problem.ServiceException with CAPTURE_IN_PROGRESS if somebody works
   *     on the VM and there is something to drop
   */
  public void prune(UUID vm) {
    Retention retention = policies.of(vm).retention();
    if (retention.isUnlimited()) {
      return;
    }
    RetentionPlan plan = new RetentionPlan(retention, clock.instant());
    // The look comes first: who finds nothing to do must not be in a capture's way.
    if (isDue(plan, retention, vm)) {
      guard.alone(vm, Urgency.BACKGROUND, () -> alone(plan, retention, vm));
    }
  }

  private boolean isDue(RetentionPlan plan, Retention retention, UUID vm) {
    List<Snapshot> kept = snapshots.list(vm);
    return !plan.byAgeAndCount(kept).isEmpty()
        || nextByBytes(plan, retention, vm, kept).isPresent();
  }

  private Optional<Snapshot> nextByBytes(
      RetentionPlan plan, Retention retention, UUID vm, List<Snapshot> kept) {
    return retention.bytes().isPresent()
        ? plan.byBytes(kept, snapshots.bytes(vm))
        : Optional.empty();
  }

  private int alone(RetentionPlan plan, Retention retention, UUID vm) {
    List<Snapshot> kept = new ArrayList<>(snapshots.list(vm));
    int before = kept.size();
    plan.byAgeAndCount(kept)
        .forEach(
            (snapshot, why) -> {
              snapshots.remove(vm, snapshot, why);
              kept.remove(snapshot);
            });
    // What one takes is known once it is gone: it shares most of its pages with the others.
    Optional<Snapshot> next = nextByBytes(plan, retention, vm, kept);
    while (next.isPresent()) {
      snapshots.remove(vm, next.get(), DropReason.BYTES);
      kept.remove(next.get());
      next = nextByBytes(plan, retention, vm, kept);
    }
    return before - kept.size();
  }
}
