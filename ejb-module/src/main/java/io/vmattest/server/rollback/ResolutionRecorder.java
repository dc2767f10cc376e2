// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.hypervisor.api.OpenRollback;
import io.vmattest.hypervisor.api.RollbackOutcome;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.json.JsonObjectBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Records who ended a rollback by hand, how and why: entry and event in one transaction. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class ResolutionRecorder {
  @Inject Ledger ledger;
  @Inject EventPublisher events;

  /** Says what was decided. */
  public void decided(OpenRollback rollback, RollbackOutcome outcome, String why, String by) {
    Map<String, String> values =
        Map.of(
            "rollback", rollback.id(),
            "resolution", outcome.name(),
            "snapshot", rollback.attested().hex(),
            "by", by,
            "why", why);
    JsonObjectBuilder body =
        JSON.createObjectBuilder().add("outcome", ServerEvent.Type.ROLLBACK_RESOLVED.name());
    new TreeMap<>(values).forEach(body::add);
    LedgerRecord entry =
        ledger.append(
            LedgerEntryData.Type.ROLLBACK,
            Optional.of(rollback.vm()),
            body.build().toString().getBytes(StandardCharsets.UTF_8),
            "a rollback in doubt was ended by %s: %s".formatted(by, outcome));
    Map<String, String> attributes = new TreeMap<>(values);
    attributes.put("ledgerIndex", Long.toString(entry.data().index()));
    events.publish(
        entry.hash().hex(),
        new ServerEvent(
            ServerEvent.Type.ROLLBACK_RESOLVED,
            entry.data().at(),
            Optional.of(rollback.vm()),
            attributes));
  }
}
