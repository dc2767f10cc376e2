// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.approval;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.server.approval.Proposal.State;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.persistence.EntityManager;
import java.io.ByteArrayInputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What becomes of proposals once they are approved. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRED)
public class Approvals {
  /** Among so many entries on reactions the approval is looked for. */
  private static final int LOOKED_AT = 200;

  @Inject EntityManager em;
  @Inject Ledger ledger;
  @Inject ProposalRecorder recorder;

  /** Those that are approved, and have not ended as far as anybody looked. */
  public List<Proposal> waiting() {
    return em.createQuery(
            "SELECT p FROM ProposalRow p WHERE p.state = :state ORDER BY p.madeAt",
            ProposalRow.class)
        .setParameter("state", State.APPROVED.name())
        .getResultStream()
        .map(ProposalRow::proposal)
        .toList();
  }

  /** When a proposal was approved; empty if that is too many entries ago. */
  public Optional<Approval> of(Proposal proposal) {
    return ledger.latest(LedgerEntryData.Type.REACTION, proposal.vm(), LOOKED_AT).stream()
        .filter(entry -> isApproval(entry, proposal))
        .map(entry -> new Approval(entry.data().index(), entry.data().at()))
        .findFirst();
  }

  private static boolean isApproval(LedgerRecord entry, Proposal proposal) {
    try (JsonReader reader = JSON.createReader(new ByteArrayInputStream(entry.body()))) {
      JsonObject body = reader.readObject();
      return body.getString("proposal", "").equals(proposal.id().toString())
          && body.getString("step", "").equals(State.APPROVED.name());
    }
  }

  /** It is done, or failed in a way that is an entry already. */
  public void ended(Proposal proposal, boolean succeeded) {
    em.merge(new ProposalRow(proposal.in(succeeded ? State.DONE : State.FAILED)));
  }

  /** It could not start. */
  public void failed(Proposal proposal, ServiceException e) {
    close(proposal, State.FAILED, e.problem().name(), e.detail());
  }

  /** It does not run any more, or never ran. */
  public void closed(Proposal proposal, State state, String detail) {
    close(proposal, state, "NOT_RUN", detail);
  }

  private void close(Proposal proposal, State state, String reason, String detail) {
    ledger.lock();
    ProposalRow row = em.find(ProposalRow.class, proposal.id().toString());
    em.refresh(row);
    // Another server may have closed it.
    if (row.proposal().state() == State.APPROVED) {
      em.merge(new ProposalRow(proposal.in(state)));
      recorder.record(proposal, state.name(), Map.of("reason", reason, "detail", detail));
    }
  }

  /** A server takes it up again that found it. */
  public void resumed(Proposal proposal) {
    recorder.recordOnce(
        proposal, "RESUMED", Map.of("detail", "a server ended before the rollback did"));
  }
}
