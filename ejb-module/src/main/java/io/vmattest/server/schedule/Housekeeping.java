// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.hypervisor.api.VirtualMachine;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.VmState;
import io.vmattest.server.ledger.VmStates;
import io.vmattest.server.policy.VmPolicy;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.snapshots.Prunings;
import io.vmattest.server.verification.VerificationService;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.EJBException;
import jakarta.ejb.Schedule;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Looks every 30 seconds whether the timers are as they should be, no VM is forgotten, and no more
 * snapshots are kept than policies say.
 */
@Singleton
@Startup
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class Housekeeping {
  private static final Logger LOG = System.getLogger(Housekeeping.class.getName());

  /** A VM without a report for so many intervals is overdue. */
  private static final int OVERDUE_INTERVALS = 3;

  @Inject Timers timers;
  @Inject Watch watch;
  @Inject VmStates states;
  @Inject HostGateway host;
  @Inject VerificationService verifications;
  @Inject Prunings prunings;
  @Inject Clock clock;

  @Schedule(hour = "*", minute = "*", second = "15/30", persistent = false)
  void look() {
    try {
      timers.reconcile();
      markOverdue();
      prunings.startAll();
    } catch (ServiceException e) {
      LOG.log(Logger.Level.WARNING, "the watched VMs cannot be looked after: {0}", e.detail());
    } catch (EJBException e) {
      LOG.log(Logger.Level.ERROR, "the watched VMs cannot be looked after", e);
    }
  }

  private void markOverdue() {
    Map<UUID, VmPolicy> watched = watch.watched();
    Set<UUID> active = active(watched.keySet());
    for (VmState state : states.all()) {
      VmPolicy policy = watched.get(state.vm());
      if (policy != null
          && active.contains(state.vm())
          && !state.verdict().equals(Optional.of(Verdict.OVERDUE))) {
        markIfOverdue(state, policy.interval());
      }
    }
  }

  /** While the host does not answer, every watched VM counts: that it is unseen must be said. */
  private Set<UUID> active(Set<UUID> watched) {
    try {
      return host.virtualMachines().stream()
          .filter(m -> m.state() == RunState.RUNNING || m.state() == RunState.SUSPENDED)
          .map(VirtualMachine::id)
          .collect(Collectors.toSet());
    } catch (ServiceException e) {
      if (e.problem() != Problem.HOST_UNAVAILABLE) {
        throw e;
      }
      return watched;
    }
  }

  private void markIfOverdue(VmState state, Duration interval) {
    Duration age = Duration.between(state.lastIssuedAt(), clock.instant());
    if (age.compareTo(interval.multipliedBy(OVERDUE_INTERVALS)) > 0) {
      verifications.overdue(
          state.vm(), "the last report is %d seconds old".formatted(age.toSeconds()));
    }
  }
}
