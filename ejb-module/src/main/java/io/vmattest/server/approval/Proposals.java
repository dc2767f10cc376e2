// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.approval;

import io.vmattest.core.report.Digest;
import io.vmattest.server.approval.Proposal.State;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Proposals and what becomes of them, each step in a transaction with its record. Steps of all
 * servers come one after the other: each holds the ledger's head first.
 */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class Proposals {
  /** How long one is open. */
  static final Duration VALID = Duration.ofHours(24);

  private static final int MOST = 200;

  @Inject EntityManager em;
  @Inject Ledger ledger;
  @Inject ProposalRecorder recorder;
  @Inject Clock clock;

  /** The latest first, at most 200. */
  public List<Proposal> list() {
    return em.createQuery("SELECT p FROM ProposalRow p ORDER BY p.madeAt DESC", ProposalRow.class)
        .setMaxResults(MOST)
        .getResultStream()
        .map(ProposalRow::proposal)
        .toList();
  }

  /**
   * @throws ServiceException with NO_SUCH_PROPOSAL
   */
  public Proposal get(UUID id) {
    ProposalRow row = em.find(ProposalRow.class, id.toString());
    if (row == null) {
      throw new ServiceException(Problem.NO_SUCH_PROPOSAL, "there is no proposal " + id);
    }
    return row.proposal();
  }

  /**
   * A person proposes to go back to a report.
   *
   * @throws ServiceException with PROPOSAL_OPEN if there is another one for the VM
   */
  public Proposal propose(UUID vm, Digest report, Person person) {
    return byPerson(
        vm, new Subject.Rollback(report, Optional.empty()), "proposed by " + person.name(), person);
  }

  /**
   * A person proposes a window of maintenance.
   *
   * @throws ServiceException with PROPOSAL_OPEN if there is another one for the VM
   */
  public Proposal propose(UUID vm, Subject.MaintenanceWindow window, String why, Person person) {
    return byPerson(vm, window, why, person);
  }

  private Proposal byPerson(UUID vm, Subject subject, String why, Person person) {
    ledger.lock();
    Optional<Proposal> open = open(vm, subject);
    if (open.isPresent()) {
      throw new ServiceException(
          Problem.PROPOSAL_OPEN, "the proposal " + open.get().id() + " has to be decided on first");
    }
    return make(vm, subject, why, Optional.of(person));
  }

  /**
   * A policy proposes to go back to a report; empty if there is an open one for the VM, or a person
   * rejected the same.
   *
   * @param rejectionsSince what was rejected before that counts no more
   */
  public Optional<Proposal> propose(UUID vm, Digest report, Digest cause, Instant rejectionsSince) {
    ledger.lock();
    Subject subject = new Subject.Rollback(report, Optional.of(cause));
    boolean unwanted =
        open(vm, subject).isPresent()
            || of(vm).stream()
                .anyMatch(
                    p ->
                        p.state() == State.REJECTED
                            && p.subject().equals(subject)
                            && p.madeAt().isAfter(rejectionsSince));
    return unwanted
        ? Optional.empty()
        : Optional.of(make(vm, subject, "proposed by the VM's policy", Optional.empty()));
  }

  private Optional<Proposal> open(UUID vm, Subject subject) {
    return of(vm).stream()
        .filter(p -> p.subject().isOfKindOf(subject) && p.isOpen() && isValid(p))
        .findFirst();
  }

  private Proposal make(UUID vm, Subject subject, String why, Optional<Person> by) {
    Instant now = clock.instant();
    Proposal proposal =
        new Proposal(
            UUID.randomUUID(),
            vm,
            State.OPEN,
            why,
            subject,
            by,
            Optional.empty(),
            now,
            now.plus(VALID));
    expireNow(vm);
    em.persist(new ProposalRow(proposal));
    recorder.record(proposal, "PROPOSED", by);
    return proposal;
  }

  /**
   * A person wants it: the first who wants what a policy proposed confirms it, the next one, who
   * has to be another, approves it.
   *
   * @throws ServiceException with NO_SUCH_PROPOSAL, PROPOSAL_CLOSED, or NOT_ALLOWED if the same
   *     person wanted it before
   */
  @TransactionAttribute(TransactionAttributeType.REQUIRED)
  public Proposal approve(UUID id, Person person) {
    Proposal proposal = openOne(id);
    if (proposal.first().isEmpty()) {
      return keep(proposal.confirmedBy(person), "CONFIRMED", person);
    }
    if (!person.isAnotherThan(proposal.first().get())) {
      throw new ServiceException(
          Problem.NOT_ALLOWED,
          "another person than %s has to approve it, with another certificate"
              .formatted(proposal.first().get().name()));
    }
    return keep(proposal.decidedBy(person, State.APPROVED), "APPROVED", person);
  }

  /**
   * A person does not want it; whoever that is, it is closed.
   *
   * @throws ServiceException with NO_SUCH_PROPOSAL, PROPOSAL_CLOSED
   */
  public Proposal reject(UUID id, Person person) {
    return keep(openOne(id).decidedBy(person, State.REJECTED), "REJECTED", person);
  }

  /** Closes those that nobody decided on in time. */
  public void expire() {
    List<ProposalRow> due =
        em.createQuery(
                "SELECT p FROM ProposalRow p WHERE p.state = :open AND p.expiresAt <= :now",
                ProposalRow.class)
            .setParameter("open", State.OPEN.name())
            .setParameter("now", clock.millis())
            .getResultList();
    if (!due.isEmpty()) {
      ledger.lock();
      due.forEach(row -> em.refresh(row));
      due.stream().map(ProposalRow::proposal).filter(Proposal::isOpen).forEach(this::expire);
    }
  }

  private void expireNow(UUID vm) {
    of(vm).stream().filter(p -> p.isOpen() && !isValid(p)).forEach(this::expire);
  }

  private void expire(Proposal proposal) {
    em.merge(new ProposalRow(proposal.in(State.EXPIRED)));
    recorder.record(proposal, "EXPIRED", Optional.empty());
  }

  private Proposal keep(Proposal proposal, String step, Person by) {
    em.merge(new ProposalRow(proposal));
    recorder.record(proposal, step, Optional.of(by));
    return proposal;
  }

  private Proposal openOne(UUID id) {
    ledger.lock();
    Proposal proposal = get(id);
    if (!proposal.isOpen() || !isValid(proposal)) {
      throw new ServiceException(
          Problem.PROPOSAL_CLOSED,
          "the proposal is " + (proposal.isOpen() ? State.EXPIRED : proposal.state()));
    }
    return proposal;
  }

  private boolean isValid(Proposal proposal) {
    return clock.instant().isBefore(proposal.expiresAt());
  }

  private List<Proposal> of(UUID vm) {
    return em.createQuery(
            "SELECT p FROM ProposalRow p WHERE p.vmId = :vm ORDER BY p.madeAt DESC",
            ProposalRow.class)
        .setParameter("vm", vm.toString())
        .setMaxResults(MOST)
        .getResultStream()
        .map(ProposalRow::proposal)
        .toList();
  }
}
