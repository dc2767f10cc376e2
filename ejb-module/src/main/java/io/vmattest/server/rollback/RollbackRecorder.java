// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.appraisal.AppraisalResult;
import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.core.result.Checked;
import io.vmattest.core.result.VmResult;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.ledger.VmStates;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.result.ReportStanding;
import io.vmattest.server.result.ResultIssuer;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.json.JsonObjectBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** Records how rollbacks begin and end: entry and event, and the verdict on the restored state. */
@Stateless
public class RollbackRecorder {
  @Inject Ledger ledger;
  @Inject VmStates states;
  @Inject EventPublisher events;
  @Inject ResultIssuer results;
  @Inject Clock clock;

  /**
   * Before anything is done, for the server may not live to say how it ended.
   *
   * @param start who wants it, and for which discrepancy
   * @throws ServiceException with CAPTURE_IN_PROGRESS if it was approved, and somebody else started
   *     it or another one meanwhile
   */
  @TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
  public void started(StoredReport target, RollbackStart start) {
    start.approved().ifPresent(approved -> claim(target.report().vmId(), approved));
    Map<String, String> values = new TreeMap<>();
    values.put("report", target.digest().hex());
    values.put("by", start.by());
    start.approved().ifPresent(approved -> values.put("proposal", approved.proposal().toString()));
    start.cause().ifPresent(cause -> values.put("cause", cause.hex()));
    record(
        ServerEvent.Type.ROLLBACK_STARTED,
        target,
        "rollback to report %d was started by %s".formatted(target.report().sequence(), start.by()),
        values);
  }

  private void claim(UUID vm, RollbackStart.Approved approved) {
    ledger.lock();
    long last =
        ledger.latest(LedgerEntryData.Type.ROLLBACK, vm, 1).stream()
            .mapToLong(entry -> entry.data().index())
            .findFirst()
            .orElse(-1);
    if (last != approved.after()) {
      throw new ServiceException(
          Problem.CAPTURE_IN_PROGRESS, "a rollback of the VM began or ended meanwhile");
    }
  }

  /** In the rollback's own transaction. */
  @TransactionAttribute(TransactionAttributeType.MANDATORY)
  public void succeeded(
      StoredReport target,
      StoredReport suspect,
      StoredReport restored,
      AppraisalResult equal,
      Digest policy) {
    String summary = "rolled back to report " + target.report().sequence();
    appendVerdict(target, restored, equal, policy, "the VM was " + summary);
    states.verdict(target.report().vmId(), Verdict.VERIFIED);
    record(
        ServerEvent.Type.ROLLBACK,
        target,
        summary,
        Map.of(
            "report", target.digest().hex(),
            "suspect", suspect.digest().hex(),
            "restored", restored.digest().hex(),
            "verdict", Verdict.VERIFIED.name()));
  }

  private void appendVerdict(
      StoredReport target,
      StoredReport restored,
      AppraisalResult equal,
      Digest policy,
      String reason) {
    UUID vm = target.report().vmId();
    VmResult result =
        new VmResult(
            UUID.randomUUID(),
            vm,
            equal.verdict(),
            clock.instant(),
            reason,
            Optional.of(target.digest()),
            Optional.of(ReportStanding.name(restored)),
            List.copyOf(equal.components()),
            0,
            equal.discrepancies().size(),
            equal.discrepancies());
    Checked checked = ReportStanding.of(restored, equal.components(), Optional.empty());
    ledger.append(
        LedgerEntryData.Type.VERDICT,
        Optional.of(vm),
        results.issue(result, checked, equal.discrepancies(), Optional.of(policy)).encoded(),
        equal.verdict() + ": " + reason);
  }

  /**
   * In a transaction of its own, for the rollback's is gone.
   *
   * @param made digests of the reports that it left behind, by what each is of
   */
  @TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
  public void failed(StoredReport target, String reason, String detail, Map<String, String> made) {
    Map<String, String> values = new TreeMap<>(made);
    values.put("report", target.digest().hex());
    values.put("reason", reason);
    values.put("detail", detail);
    record(
        ServerEvent.Type.ROLLBACK_FAILED,
        target,
        "rollback to report %d failed: %s".formatted(target.report().sequence(), detail),
        values);
  }

  private void record(
      ServerEvent.Type type, StoredReport target, String summary, Map<String, String> values) {
    JsonObjectBuilder body = JSON.createObjectBuilder().add("outcome", type.name());
    values.forEach(body::add);
    LedgerRecord entry =
        ledger.append(
            LedgerEntryData.Type.ROLLBACK,
            Optional.of(target.report().vmId()),
            body.build().toString().getBytes(StandardCharsets.UTF_8),
            summary);
    Map<String, String> attributes = new TreeMap<>(values);
    attributes.put("vmName", target.report().vmName());
    attributes.put("ledgerIndex", Long.toString(entry.data().index()));
    events.publish(
        entry.hash().hex(),
        new ServerEvent(type, entry.data().at(), Optional.of(target.report().vmId()), attributes));
  }
}
