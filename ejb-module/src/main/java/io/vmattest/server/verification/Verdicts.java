// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.verification;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.ledger.VmState;
import io.vmattest.server.ledger.VmStates;
import io.vmattest.server.result.ResultIssuer;
import io.vmattest.server.result.Results;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Records what is said of a VM: the signed result as entry, event and state in one transaction. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class Verdicts {
  private static final int NAMED_IN_EVENT = 3;

  @Inject Ledger ledger;
  @Inject ResultIssuer results;
  @Inject Results recorded;
  @Inject VmStates states;
  @Inject EventPublisher events;

  /**
   * Records a verdict and tells it.
   *
   * @param reason one sentence on how the verdict came about
   */
  public void record(Verification verification, String reason) {
    LedgerRecord entry =
        ledger.append(
            LedgerEntryData.Type.VERDICT,
            Optional.of(verification.vm()),
            result(verification, reason),
            verification.verdict() + ": " + reason);
    states.verdict(verification.vm(), verification.verdict());
    events.publish(entry.hash().hex(), event(verification, reason, entry));
  }

  private byte[] result(Verification verification, String reason) {
    return results
        .issue(
            verification.result(reason),
            verification.checked(),
            verification.discrepancies(),
            verification.policy())
        .encoded();
  }

  /**
   * Records a verdict that rests on no report, if it is another than the VM has: these are given
   * again and again for as long as the cause lasts. An overdue VM stays so until a report comes.
   */
  public void recordChange(Verification verification, String reason) {
    ledger.lock();
    Optional<VmState> state = states.find(verification.vm());
    // Nothing is said in a state of a VM that never gave a report.
    Optional<Verdict> now =
        state.isPresent() ? state.get().verdict() : recorded.lastVerdict(verification.vm());
    if (now.isEmpty() || !stands(now.get(), verification.verdict())) {
      record(verification, reason);
    }
  }

  private static boolean stands(Verdict now, Verdict next) {
    return now == next || (now == Verdict.OVERDUE && next == Verdict.UNVERIFIABLE);
  }

  private ServerEvent event(Verification verification, String reason, LedgerRecord entry) {
    Map<String, String> attributes = new TreeMap<>();
    attributes.put("verdict", verification.verdict().name());
    attributes.put("reason", reason);
    attributes.put("verification", verification.id().toString());
    attributes.put("discrepancies", Integer.toString(verification.discrepancies().size()));
    attributes.put("ledgerIndex", Long.toString(entry.data().index()));
    attributes.put("entryHash", entry.hash().hex());
    verification.report().ifPresent(r -> attributes.put("reportDigest", r.digest().hex()));
    states
        .find(verification.vm())
        .map(VmState::name)
        .ifPresent(name -> attributes.put("vmName", name));
    return new ServerEvent(
        ServerEvent.Type.VERDICT, entry.data().at(), Optional.of(verification.vm()), attributes);
  }

  /** One sentence that names the first discrepancies. */
  static String reason(Verification verification) {
    if (verification.verdict() == Verdict.VERIFIED) {
      return "everything that the policy wants equal is equal";
    }
    int all = verification.discrepancies().size();
    StringBuilder text =
        new StringBuilder(all + (all == 1 ? " discrepancy: " : " discrepancies: "));
    verification.discrepancies().stream()
        .limit(NAMED_IN_EVENT)
        .forEach(d -> text.append(d.component()).append(' ').append(d.subject()).append("; "));
    return text.toString().strip();
  }
}
