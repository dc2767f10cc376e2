// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.approval;

import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.ledger.LedgerParts;
import io.vmattest.server.steps.StepParts;
import jakarta.persistence.EntityManager;
import java.time.Clock;

/** This package's beans, as the container would wire them. */
public final class ApprovalParts {
  private ApprovalParts() {}

  public static Proposals proposals(EntityManager em, EventPublisher events, Clock clock) {
    Proposals proposals = new Proposals();
    proposals.em = em;
    proposals.clock = clock;
    proposals.ledger = LedgerParts.ledger(em, clock);
    proposals.recorder = recorder(em, events, clock);
    return proposals;
  }

  public static Approvals approvals(EntityManager em, EventPublisher events, Clock clock) {
    Approvals approvals = new Approvals();
    approvals.em = em;
    approvals.ledger = LedgerParts.ledger(em, clock);
    approvals.recorder = recorder(em, events, clock);
    return approvals;
  }

  private static ProposalRecorder recorder(EntityManager em, EventPublisher events, Clock clock) {
    ProposalRecorder recorder = new ProposalRecorder();
    recorder.steps = StepParts.recorder(em, events, clock);
    return recorder;
  }
}
