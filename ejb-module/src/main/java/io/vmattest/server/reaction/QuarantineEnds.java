// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.attestation.CaptureGuard;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.rollback.RollbackHistory;
import io.vmattest.server.rollback.RollbackHistory.Success;
import io.vmattest.server.rollback.RolledBack;
import io.vmattest.server.steps.StepRecorder.Step;
import jakarta.ejb.EJBException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Quarantines that a rollback ends: what was shut in is gone. The VM runs if it did before its
 * quarantine; its links are those of the attested definition, with which it was restored. The
 * ledger says which quarantines are over, whatever a server lives to see.
 */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class QuarantineEnds {
  private static final Logger LOG = System.getLogger(QuarantineEnds.class.getName());

  @Inject QuarantineStore store;
  @Inject RollbackHistory history;
  @Inject HostGateway host;
  @Inject CaptureGuard guard;

  /** At the end of a rollback, which has the VM for itself; it is done whatever comes of this. */
  public void rolledBack(@Observes RolledBack news) {
    try {
      store.find(news.vm()).ifPresent(this::endIfOver);
    } catch (ServiceException | EJBException e) {
      LOG.log(Logger.Level.WARNING, "VM " + news.vm() + " stays in quarantine for now", e);
    }
  }

  /** Ends those that are over and that no server ended, for it died or its host was away. */
  public void look() {
    store.all().stream()
        .filter(quarantine -> rollback(quarantine).isPresent())
        .forEach(quarantine -> look(quarantine.vm()));
  }

  private void look(UUID vm) {
    try {
      guard.alone(
          vm,
          CaptureGuard.Urgency.BACKGROUND,
          () -> store.find(vm).filter(this::endIfOver).isPresent());
    } catch (ServiceException e) {
      // Another host's is left to it.
      if (e.problem() != Problem.NO_SUCH_VM) {
        LOG.log(Logger.Level.WARNING, "VM {0} stays in quarantine for now: {1}", vm, e.detail());
      }
    }
  }

  /**
   * Ends a quarantine that is over, for one who has the VM for himself.
   *
   * @return whether it was over
   */
  public boolean endIfOver(Quarantine quarantine) {
    Optional<Success> rollback = rollback(quarantine);
    rollback.ifPresent(success -> end(quarantine, success));
    return rollback.isPresent();
  }

  private Optional<Success> rollback(Quarantine quarantine) {
    return history
        .lastSuccess(quarantine.vm())
        .filter(success -> success.at().isAfter(quarantine.since()));
  }

  private void end(Quarantine quarantine, Success rollback) {
    UUID vm = quarantine.vm();
    RunState state = host.virtualMachine(vm).state();
    if (quarantine.ran() && state == RunState.SUSPENDED) {
      host.call(
          c -> {
            c.resume(vm);
            return vm;
          });
    }
    store.remove(
        vm,
        new Step(
            ServerEvent.Type.QUARANTINE_LIFTED,
            "quarantine ended by a rollback",
            Map.of(
                "by", "the rollback",
                "kind", quarantine.kind().name(),
                "report", rollback.report())));
  }
}
