// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.server.steps.StepRecorder;
import io.vmattest.server.steps.StepRecorder.Step;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The rows of quarantines, each change in a transaction of its own with its record. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class QuarantineStore {
  @Inject EntityManager em;
  @Inject StepRecorder recorder;

  public Optional<Quarantine> find(UUID vm) {
    return Optional.ofNullable(em.find(QuarantineRow.class, vm.toString()))
        .map(QuarantineRow::quarantine);
  }

  public List<Quarantine> all() {
    return em.createQuery("SELECT q FROM QuarantineRow q ORDER BY q.since", QuarantineRow.class)
        .getResultStream()
        .map(QuarantineRow::quarantine)
        .toList();
  }

  /** Before anything is done: what the VM was like must not be forgotten, whatever happens. */
  public void put(Quarantine quarantine) {
    em.merge(new QuarantineRow(quarantine));
  }

  public void record(UUID vm, Step step) {
    recorder.record(vm, step);
  }

  public void remove(UUID vm, Step step) {
    Optional.ofNullable(em.find(QuarantineRow.class, vm.toString())).ifPresent(em::remove);
    recorder.record(vm, step);
  }
}
