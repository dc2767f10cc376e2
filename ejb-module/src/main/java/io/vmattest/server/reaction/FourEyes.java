// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.core.report.Digest;
import io.vmattest.server.approval.Person;
import io.vmattest.server.approval.Proposal;
import io.vmattest.server.approval.Proposals;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.policy.Policies;
import io.vmattest.server.policy.Reaction;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.rollback.RollbackService;
import io.vmattest.server.rollback.RollbackStart;
import io.vmattest.server.steps.StepRecorder;
import io.vmattest.server.steps.StepRecorder.Step;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
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
  @Inject StepRecorder steps;

  /** What became of a request. */
  public sealed interface Answer {
    /** It runs. */
    record Started(Operation operation) implements Answer {}

    /** It waits for another person. */
    record Waiting(Proposal proposal) implements Answer {}
  }

  /**
   * A person wants a rollback.
   *
   * @param report as for {@link RollbackService#start}
   * @throws ServiceException as that does, or with PROPOSAL_OPEN
   */
  public Answer rollBack(UUID vm, Optional<Digest> report, Person person) {
    if (policies.of(vm).reaction().reaction() != Reaction.APPROVE) {
      return new Answer.Started(rollbacks.start(vm, report, RollbackStart.byPerson(person.name())));
    }
    StoredReport target = rollbacks.keptTarget(vm, report);
    return new Answer.Waiting(proposals.propose(vm, target.digest(), person));
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
    RollbackStart start = RollbackStart.byPerson(people(proposal));
    try {
      return new Answer.Started(
          rollbacks.start(proposal.vm(), Optional.of(proposal.report()), start));
    } catch (ServiceException e) {
      recordFailure(proposal, e);
      throw e;
    }
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
            "an approved rollback did not start: " + e.detail(),
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
