// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.testing;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.report.Digest;
import io.vmattest.server.ledger.VmState;
import io.vmattest.server.ledger.VmStates;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** What a ledger would say of VMs. */
public final class StandInStates extends VmStates {
  private final TreeMap<UUID, VmState> states = new TreeMap<>();

  public void knows(UUID vm, Instant lastReport, Optional<Verdict> verdict) {
    states.put(vm, new VmState(vm, "vm", 1, Digest.sha256(new byte[] {1}), lastReport, verdict));
  }

  @Override
  public Optional<VmState> find(UUID vm) {
    return Optional.ofNullable(states.get(vm));
  }

  @Override
  public List<VmState> all() {
    return List.copyOf(states.values());
  }
}
