// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import io.vmattest.server.ledger.VmState;
import io.vmattest.server.ledger.VmStates;
import io.vmattest.server.policy.Policies;
import io.vmattest.server.policy.VmPolicy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** Which VMs are attested without being asked for: those once attested, or with a policy. */
@ApplicationScoped
public class Watch {
  @Inject VmStates states;
  @Inject Policies policies;

  /** The watched VMs that have an interval. */
  public Map<UUID, VmPolicy> watched() {
    Map<UUID, VmPolicy> watched = new TreeMap<>();
    states.all().stream().map(VmState::vm).forEach(vm -> watched.put(vm, VmPolicy.DEFAULT));
    watched.putAll(policies.own());
    watched.values().removeIf(policy -> policy.interval().isZero());
    return watched;
  }

  public boolean isWatched(UUID vm) {
    return watched().containsKey(vm);
  }
}
