// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.report.Digest;
import io.vmattest.server.ledger.VmState;
import io.vmattest.server.ledger.VmStates;
import jakarta.ejb.Stateless;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The state that a VM's last rollback replaced is a case for whoever wants to know how it came
 * about. It is open until somebody closes it, or until 30 days have passed and the VM is VERIFIED.
 */
@Stateless
public class OpenCases {
  static final Duration LENGTH = Duration.ofDays(30);

  @Inject EntityManager em;
  @Inject VmStates states;
  @Inject Clock clock;

  /**
   * The snapshot whose case is open, if one is.
   *
   * @param snapshots of the VM, oldest first
   */
  public Optional<Digest> of(UUID vm, List<Snapshot> snapshots) {
    return snapshots.stream()
        .filter(Snapshot::isSuspect)
        .reduce((first, last) -> last)
        .filter(last -> !isClosed(vm, last))
        .map(Snapshot::digest);
  }

  private boolean isClosed(UUID vm, Snapshot suspect) {
    CaseRow closed = em.find(CaseRow.class, vm.toString());
    if (closed != null && closed.isOf(suspect.digest())) {
      return true;
    }
    return suspect.at().plus(LENGTH).isBefore(clock.instant())
        && states.find(vm).flatMap(VmState::verdict).equals(Optional.of(Verdict.VERIFIED));
  }

  public void close(UUID vm, Digest snapshot) {
    em.merge(new CaseRow(vm, snapshot, clock.instant()));
  }
}
