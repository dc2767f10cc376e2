// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.hypervisor.api.HypervisorConnection;
import io.vmattest.server.approval.Approval;
import io.vmattest.server.approval.Proposal;
import io.vmattest.server.approval.Proposal.State;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.result.Results;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** Whether an approval that a server did not survive still holds. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class ApprovedChecks {
  /** What people wanted then they need not want now. */
  static final Duration HOLDS = Duration.ofHours(1);

  /** One that the server does not survive again and again is not begun for ever. */
  static final int MOST_STARTS = 3;

  @Inject HostGateway host;
  @Inject Ledger ledger;
  @Inject Results results;
  @Inject Clock clock;

  /** What was found. */
  public sealed interface Finding {
    /** It may be started. */
    record Holds() implements Finding {}

    /** Something else has to end first, or it is another host's. */
    record Waits() implements Finding {}

    /** It must not run any more. */
    record Closed(State state, String why) implements Finding {}
  }

  /**
   * What to do about one without an end.
   *
   * @param starts how often it was begun
   * @throws ServiceException with HOST_UNAVAILABLE: nothing is known then
   */
  public Finding find(Proposal proposal, Approval approval, int starts) {
    if (!isHere(proposal.vm())) {
      return clock.instant().isBefore(proposal.expiresAt())
          ? new Finding.Waits()
          : expired("it did not run, and the VM is not on this host");
    }
    // Recovery decides those, and what it decides may be in the ledger later only.
    if (isOpen(proposal.vm())) {
      return new Finding.Waits();
    }
    return against(proposal, approval, starts).orElseGet(Finding.Holds::new);
  }

  private Optional<Finding> against(Proposal proposal, Approval approval, int starts) {
    Instant now = clock.instant();
    if (!now.isBefore(approval.at().plus(HOLDS)) || !now.isBefore(proposal.expiresAt())) {
      return Optional.of(expired("it did not run within an hour of its approval"));
    }
    if (isSetSince(proposal.vm(), approval)) {
      return Optional.of(expired("the VM's policy or baseline was set since"));
    }
    if (proposal.isByPolicy()
        && !results.lastConclusion(proposal.vm()).equals(Optional.of(Verdict.DISCREPANT))) {
      return Optional.of(expired("the VM is not discrepant any more"));
    }
    return starts < MOST_STARTS
        ? Optional.empty()
        : Optional.of(
            new Finding.Closed(State.FAILED, "the server ended in it %d times".formatted(starts)));
  }

  private static Finding expired(String why) {
    return new Finding.Closed(State.EXPIRED, why);
  }

  private boolean isSetSince(UUID vm, Approval approval) {
    return Stream.of(LedgerEntryData.Type.POLICY, LedgerEntryData.Type.BASELINE)
        .flatMap(type -> ledger.latest(type, vm, 1).stream())
        .anyMatch(entry -> entry.data().index() > approval.index());
  }

  private boolean isHere(UUID vm) {
    try {
      host.virtualMachine(vm);
      return true;
    } catch (ServiceException e) {
      if (e.problem() == Problem.NO_SUCH_VM) {
        return false;
      }
      throw e;
    }
  }

  private boolean isOpen(UUID vm) {
    return host.call(HypervisorConnection::openRollbacks).rollbacks().stream()
        .anyMatch(rollback -> rollback.vm().equals(vm));
  }
}
