// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.core.report.Digest;
import io.vmattest.server.approval.Person;
import io.vmattest.server.approval.Proposal;
import io.vmattest.server.approval.Proposals;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.maintenance.Window;
import io.vmattest.server.maintenance.Windows;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.policy.Policies;
import io.vmattest.server.policy.Reaction;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.rollback.RequestedRollbacks;
import io.vmattest.server.rollback.RollbackService;
import io.vmattest.server.rollback.RollbackStart;
import io.vmattest.server.steps.StepRecorder;
import io.vmattest.server.steps.StepRecorder.Step;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
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
  @Inject StepRecorder steps;

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
    return new Answer.Waiting(proposals.proposeWindow(vm, baseline, why, time, person));
  }

  /**
   * A person wants what was proposed.
   *
   * @throws ServiceException as {@link Proposals#approve} does, or why the rollback cannot start:
   *     it is approved, and has failed then
   */
  public Answer approve(UUID id, Person person) {
    Proposal proposal = proposals.approve(id, person);
    if (proposal.isOpen()) {
      return new Answer.Waiting(proposal);
    }
    try {
      return done(proposal);
    } catch (ServiceException e) {
      recordFailure(proposal, e);
      throw e;
    }
  }

  private Answer done(Proposal proposal) {
    UUID vm = proposal.vm();
    String by = people(proposal);
    if (proposal.window().isPresent()) {
      return new Answer.Begun(windows.begin(vm, proposal.why(), proposal.window().get(), by));
    }
    return new Answer.Started(
        rollbacks.start(vm, Optional.of(proposal.report()), RollbackStart.byPerson(by)));
  }

  private static String people(Proposal proposal) {
    return proposal.first().map(Person::name).orElse("")
        + " and "
        + proposal.second().map(Person::name).orElse("");
  }

  private void recordFailure(Proposal proposal, ServiceException e) {
    steps.recordOnce(
        proposal.vm(),
        new Step(
            ServerEvent.Type.PROPOSAL,
            "what was approved did not start: " + e.detail(),
            Map.of(
                "proposal", proposal.id().toString(),
                "step", "FAILED",
                "reason", e.problem().name(),
                "detail", e.detail())));
  }

  /** A policy wants a rollback; it is proposed, unless it is already or a person rejected it. */
  public void proposeFor(Discrepant found) {
    Instant since = policies.recordedAt(found.vm()).orElse(Instant.EPOCH);
    proposals.propose(found.vm(), found.baseline().digest(), found.cause(), since);
  }
}
