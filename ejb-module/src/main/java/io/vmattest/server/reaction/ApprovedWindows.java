// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.server.approval.Approvals;
import io.vmattest.server.approval.Person;
import io.vmattest.server.approval.Proposal;
import io.vmattest.server.approval.Proposals;
import io.vmattest.server.maintenance.Windows;
import io.vmattest.server.reaction.FourEyes.Answer;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.UUID;

/**
 * Windows of maintenance that two people want: one begins in the transaction in which it is
 * approved, and one that cannot begin is not approved.
 */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class ApprovedWindows {
  @Inject Proposals proposals;
  @Inject Approvals approvals;
  @Inject Windows windows;

  public Answer approve(UUID id, Duration time, Person person) {
    Proposal proposal = proposals.approve(id, person);
    if (proposal.isOpen()) {
      return new Answer.Waiting(proposal);
    }
    Answer begun =
        new Answer.Begun(windows.begin(proposal.vm(), proposal.why(), time, proposal.people()));
    approvals.ended(proposal, true);
    return begun;
  }
}
