// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.server.ledger.VmState;
import io.vmattest.server.ledger.VmStates;
import io.vmattest.server.policy.Policies;
import io.vmattest.server.policy.VmPolicy;
import io.vmattest.server.problem.ServiceException;
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
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Notices watched VMs whose next attestation is overdue. It asks nobody but the database, so that
 * no host that hangs, and no other work, can keep it from that; what could not be recorded is tried
 * again with the next look.
 */
@Singleton
@Startup
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class OverdueWatch {
  private static final Logger LOG = System.getLogger(OverdueWatch.class.getName());

  /** A VM without a report for so many intervals is overdue. */
  private static final int OVERDUE_INTERVALS = 3;

  @Inject Watch watch;
  @Inject VmStates states;
  @Inject Policies policies;
  @Inject HostWatch host;
  @Inject VerificationService verifications;
  @Inject Clock clock;

  @Schedule(hour = "*", minute = "*", second = "*/10", persistent = false)
  void look() {
    try {
      Map<UUID, VmPolicy> watched = watch.watched();
      Set<UUID> active = host.active(watched.keySet());
      watched.forEach(
          (vm, policy) -> {
            if (active.contains(vm)) {
              look(vm, policy);
            }
          });
    } catch (ServiceException e) {
      LOG.log(Logger.Level.WARNING, "who is overdue cannot be seen: {0}", e.detail());
    } catch (EJBException e) {
      LOG.log(Logger.Level.ERROR, "who is overdue cannot be seen", e);
    }
  }

  /**
   * Says that a VM was overdue before its next report hides it: the server may have been down, or
   * the ledger out of reach, past the time at which it was due. Never throws: the report is to be
   * made all the same.
   */
  public void beforeReport(UUID vm) {
    try {
      Optional.ofNullable(watch.watched().get(vm)).ifPresent(policy -> look(vm, policy));
    } catch (ServiceException | EJBException e) {
      LOG.log(Logger.Level.ERROR, "whether VM " + vm + " is overdue cannot be seen", e);
    }
  }

  /** One VM that cannot be recorded keeps no other from it. */
  private void look(UUID vm, VmPolicy policy) {
    try {
      Optional<VmState> state = states.find(vm);
      if (state.flatMap(VmState::verdict).equals(Optional.of(Verdict.OVERDUE))) {
        return;
      }
      state
          .map(VmState::lastIssuedAt)
          .or(() -> policies.recordedAt(vm))
          .ifPresent(
              last -> {
                if (isOverdue(last, policy.interval())) {
                  verifications.overdue(vm, reason(last, state.isPresent()));
                }
              });
    } catch (ServiceException e) {
      LOG.log(
          Logger.Level.WARNING,
          "VM {0} is overdue and that cannot be recorded: {1}",
          vm,
          e.detail());
    } catch (EJBException e) {
      LOG.log(Logger.Level.ERROR, "whether VM " + vm + " is overdue cannot be recorded", e);
    }
  }

  private boolean isOverdue(Instant last, Duration interval) {
    return Duration.between(last, clock.instant())
            .compareTo(interval.multipliedBy(OVERDUE_INTERVALS))
        > 0;
  }

  private String reason(Instant last, boolean reported) {
    return reported
        ? "the last report is %d seconds old".formatted(age(last))
        : "there is no report yet, %d seconds after the policy that wants one".formatted(age(last));
  }

  private long age(Instant last) {
    return Duration.between(last, clock.instant()).toSeconds();
  }
}
