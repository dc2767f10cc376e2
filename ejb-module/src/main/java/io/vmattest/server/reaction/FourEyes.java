// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.core.report.Digest;
import io.vmattest.server.approval.Person;
import io.vmattest.server.approval.Proposal;
import io.vmattest.server.approval.Proposals;
import io.vmattest.server.approval.Subject;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.maintenance.Window;
import io.vmattest.server.maintenance.Windows;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.policy.Policies;
import io.vmattest.server.policy.Reaction;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.rollback.RequestedRollbacks;
import io.vmattest.server.rollback.RollbackService;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Rollbacks that people ask for: at once, or once another person approves, as the policy says. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class FourEyes {
  @Inject Policies policies;
  @Inject Proposals proposals;
  @Inject RollbackService rollbacks;
  @Inject RequestedRollbacks requests;
  @Inject Windows windows;
  @Inject ApprovedRollbacks approved;
  @Inject ApprovedWindows approvedWindows;

  /** What became of a request. */
  public sealed interface Answer {
    /** It runs. */
    record Started(Operation operation) implements Answer {}

    /** The VM is in maintenance. */
    record Begun(Window window) implements Answer {}

    /** It waits for another person. */
    record Waiting(Proposal proposal) implements Answer {}
  }

  /**
   * A person wants a rollback.
   *
   * @param report as for {@link RollbackService#start}
   * @param key of the person for this request, as for {@link RequestedRollbacks#start}
   * @throws ServiceException as that does, or with PROPOSAL_OPEN
   */
  public Answer rollBack(UUID vm, Optional<Digest> report, Person person, Optional<String> key) {
    if (policies.of(vm).reaction().reaction() != Reaction.APPROVE) {
      return new Answer.Started(requests.start(vm, report, person.name(), key));
    }
    StoredReport target = rollbacks.keptTarget(vm, report);
    return new Answer.Waiting(proposals.propose(vm, target.digest(), person));
  }

  /**
   * A person wants a window of maintenance.
   *
   * @throws ServiceException with INVALID_REQUEST, IN_MAINTENANCE, PROPOSAL_OPEN, NO_BASELINE
   */
  public Answer maintain(UUID vm, String why, Duration time, Person person) {
    Window.check(why, time);
    if (policies.of(vm).reaction().reaction() != Reaction.APPROVE) {
      return new Answer.Begun(windows.begin(vm, why, time, person.name()));
    }
    Digest baseline = rollbacks.target(vm, Optional.empty()).digest();
    return new Answer.Waiting(
        proposals.propose(vm, new Subject.MaintenanceWindow(baseline, time), why, person));
  }

  /**
   * A person wants what was proposed.
   *
   * @throws ServiceException as {@link Proposals#approve} does; why the rollback cannot start: it
   *     is approved, and has failed then; or why the window cannot begin: it is not approved then
   */
  public Answer approve(UUID id, Person person) {
    if (proposals.get(id).subject() instanceof Subject.MaintenanceWindow window) {
      return approvedWindows.approve(id, window.length(), person);
    }
    Proposal proposal = proposals.approve(id, person);
    return proposal.isOpen()
        ? new Answer.Waiting(proposal)
        : new Answer.Started(approved.start(proposal));
  }

  /** A policy wants a rollback; it is proposed, unless it is already or a person rejected it. */
  public void proposeFor(Discrepant found) {
    Instant since = policies.recordedAt(found.vm()).orElse(Instant.EPOCH);
    proposals.propose(found.vm(), found.baseline().digest(), found.cause(), since);
  }
}
