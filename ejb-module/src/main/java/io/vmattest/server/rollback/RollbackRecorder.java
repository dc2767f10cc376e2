// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.ledger.VmStates;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.json.JsonObjectBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Records how rollbacks end: entry and event. */
@Stateless
public class RollbackRecorder {
  @Inject Ledger ledger;
  @Inject VmStates states;
  @Inject EventPublisher events;

  /** In the rollback's own transaction. */
  @TransactionAttribute(TransactionAttributeType.MANDATORY)
  public void succeeded(StoredReport target, StoredReport suspect, StoredReport restored) {
    states.verdict(target.report().vmId(), Verdict.VERIFIED);
    record(
        ServerEvent.Type.ROLLBACK,
        target,
        "rolled back to report " + target.report().sequence(),
        Map.of(
            "report", target.digest().hex(),
            "suspect", suspect.digest().hex(),
            "restored", restored.digest().hex(),
            "verdict", Verdict.VERIFIED.name()));
  }

  /** In a transaction of its own, for the rollback's is gone. */
  @TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
  public void failed(StoredReport target, String reason, String detail) {
    record(
        ServerEvent.Type.ROLLBACK_FAILED,
        target,
        "rollback to report %d failed: %s".formatted(target.report().sequence(), detail),
        Map.of("report", target.digest().hex(), "reason", reason, "detail", detail));
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
