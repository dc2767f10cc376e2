// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.appraisal.Verdict;
import jakarta.ejb.Stateless;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The VMs that the ledger knows. */
@Stateless
public class VmStates {
  @Inject EntityManager em;

  public Optional<VmState> find(UUID vm) {
    return Optional.ofNullable(em.find(VmStateRow.class, vm.toString())).map(VmStateRow::toState);
  }

  public List<VmState> all() {
    return em.createQuery("SELECT s FROM VmStateRow s ORDER BY s.vmId", VmStateRow.class)
        .getResultStream()
        .map(VmStateRow::toState)
        .toList();
  }

  /** Sets what is said of a VM; nothing is said of one without a report. */
  public void verdict(UUID vm, Verdict verdict) {
    VmStateRow row = em.find(VmStateRow.class, vm.toString());
    if (row != null) {
      row.verdict(verdict);
    }
  }
}
