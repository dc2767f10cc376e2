// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.server.approval.Approval;
import io.vmattest.server.approval.Approvals;
import io.vmattest.server.approval.Proposal;
import io.vmattest.server.approval.Proposal.State;
import io.vmattest.server.approval.Subject;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.operations.Operations;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.reaction.ApprovedChecks.Finding;
import io.vmattest.server.rollback.ApprovedCourses;
import io.vmattest.server.rollback.ApprovedCourses.Course;
import io.vmattest.server.rollback.RollbackService;
import io.vmattest.server.rollback.RollbackStart;
import io.vmattest.server.rollback.RollbackStart.Approved;
import jakarta.annotation.PostConstruct;
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
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Starts rollbacks that two people approved, and sees what becomes of them. One that a server ended
 * before, or in, is taken up again if it can be, or closed for all to see.
 */
@Singleton
@Startup
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class ApprovedRollbacks {
  private static final Logger LOG = System.getLogger(ApprovedRollbacks.class.getName());

  @Inject Approvals approvals;
  @Inject ApprovedCourses courses;
  @Inject ApprovedChecks checks;
  @Inject RollbackService rollbacks;
  @Inject Operations operations;
  @Inject Clock clock;

  /** What was approved since may be about to start. */
  private volatile Instant serverStart = Instant.EPOCH;

  @PostConstruct
  void begin() {
    serverStart = clock.instant();
  }

  /**
   * Starts one that was approved just now.
   *
   * @throws ServiceException why it cannot start, which is recorded
   */
  public Operation start(Proposal proposal) {
    return start(proposal, courses.last(proposal.vm()));
  }

  private Operation start(Proposal proposal, long last) {
    UUID vm = proposal.vm();
    try {
      return rollbacks.start(
          vm,
          Optional.of(proposal.subject().report()),
          RollbackStart.byPeople(proposal.people(), new Approved(proposal.id(), last)));
    } catch (ServiceException e) {
      approvals.failed(proposal, e);
      throw e;
    }
  }

  /** Looks what became of all that were approved. */
  @Schedule(hour = "*", minute = "*", second = "5/10", persistent = false)
  public void look() {
    try {
      approvals.waiting().forEach(this::lookAt);
    } catch (ServiceException | EJBException e) {
      LOG.log(Logger.Level.WARNING, "what was approved cannot be looked after", e);
    }
  }

  /** What fails, for one, keeps no other from being looked at, and is looked at again. */
  private void lookAt(Proposal proposal) {
    try {
      settle(proposal);
    } catch (ServiceException e) {
      LOG.log(
          Logger.Level.WARNING,
          "proposal {0} cannot be looked after: {1}",
          proposal.id(),
          e.detail());
    } catch (EJBException e) {
      LOG.log(Logger.Level.ERROR, "proposal " + proposal.id() + " cannot be looked after", e);
    }
  }

  private void settle(Proposal proposal) {
    if (!(proposal.subject() instanceof Subject.Rollback)
        || operations.running(RollbackService.KIND, proposal.vm()).isPresent()) {
      return;
    }
    Optional<Approval> approval = approvals.of(proposal);
    if (approval.isEmpty()) {
      approvals.closed(proposal, State.EXPIRED, "its approval is among the last entries no more");
      return;
    }
    Course course = courses.of(proposal.vm(), proposal.id(), approval.get().index());
    if (course instanceof Course.Ended ended) {
      approvals.ended(proposal, ended.succeeded());
    } else if (course instanceof Course.Superseded) {
      approvals.closed(proposal, State.FAILED, "the VM was rolled back otherwise, or by hand");
    } else if (course instanceof Course.Pending pending) {
      settle(proposal, approval.get(), pending);
    }
  }

  private void settle(Proposal proposal, Approval approval, Course.Pending pending) {
    Finding finding = checks.find(proposal, approval, pending.starts());
    if (finding instanceof Finding.Closed closed) {
      approvals.closed(proposal, closed.state(), closed.why());
    } else if (finding instanceof Finding.Holds && approval.at().isBefore(serverStart)) {
      approvals.resumed(proposal);
      // After the step, which is no entry on rollbacks.
      start(proposal, pending.last());
    }
  }
}
