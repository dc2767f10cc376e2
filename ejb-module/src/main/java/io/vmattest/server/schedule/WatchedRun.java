// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import io.vmattest.hypervisor.api.VirtualMachine;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.attestation.AttestationRequest;
import io.vmattest.server.attestation.AttestationRequest.Trigger;
import io.vmattest.server.attestation.AttestationService;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.policy.Baselines;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.verification.VerificationService;
import jakarta.annotation.Resource;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Singleton;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;

/** Attests a VM that nobody asked for; while one run lasts, the next is left out. */
@Singleton
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class WatchedRun {
  private static final Logger LOG = System.getLogger(WatchedRun.class.getName());

  @Inject HostGateway host;
  @Inject AttestationService attestations;
  @Inject VerificationService verifications;
  @Inject Baselines baselines;
  @Inject FailureAlert alert;
  @Inject OverdueWatch overdue;

  @Resource
  @SuppressWarnings("NullAway.Init")
  ManagedExecutorService executor;

  private final Set<UUID> running = ConcurrentHashMap.newKeySet();

  /** Starts a run in the background, unless the VM's last one has not ended. */
  public void start(UUID vm, Trigger trigger) {
    if (!running.add(vm)) {
      LOG.log(Logger.Level.INFO, "VM {0}: the last run has not ended, this one is left out", vm);
      return;
    }
    try {
      executor.execute(() -> run(vm, trigger));
    } catch (RejectedExecutionException e) {
      running.remove(vm);
      LOG.log(Logger.Level.WARNING, "VM " + vm + " is not attested now: too much to do", e);
    }
  }

  private void run(UUID vm, Trigger trigger) {
    try {
      if (isActive(vm)) {
        overdue.beforeReport(vm);
        attest(vm, trigger);
      }
    } catch (ServiceException e) {
      failed(vm, trigger, e);
    } catch (RuntimeException e) {
      LOG.log(Logger.Level.ERROR, "VM " + vm + " is not attested", e);
      alert.send(vm, trigger.claim(), "INTERNAL", "the server failed; its log says why");
    } finally {
      running.remove(vm);
    }
  }

  private void failed(UUID vm, Trigger trigger, ServiceException e) {
    // Whoever works on the VM attests it as well.
    if (e.problem() != Problem.CAPTURE_IN_PROGRESS) {
      LOG.log(
          Logger.Level.WARNING, "VM {0} is not attested: {1}: {2}", vm, e.problem(), e.detail());
      alert.send(vm, trigger.claim(), e.problem().name(), e.detail());
    }
  }

  private boolean isActive(UUID vm) {
    return host.virtualMachines().stream()
        .filter(machine -> machine.id().equals(vm))
        .map(VirtualMachine::state)
        .anyMatch(state -> state == RunState.RUNNING || state == RunState.SUSPENDED);
  }

  /** A VM that has just started is nothing like its baseline yet: the next timer compares it. */
  private void attest(UUID vm, Trigger trigger) {
    if (trigger != Trigger.EVENT && baselines.isChosen(vm)) {
      verifications.verify(vm, trigger);
    } else {
      attestations.attest(AttestationRequest.plain(vm, trigger));
    }
  }
}
