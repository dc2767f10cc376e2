// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.steps;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.ledger.LedgerEntryData;
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
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/** Records what was done about discrepancies, and what was not and why: entry and event. */
@Stateless
public class StepRecorder {
  /** Among so many entries on reactions the same one is looked for. */
  private static final int LOOKED_AT = 20;

  @Inject Ledger ledger;
  @Inject EventPublisher events;

  /** Something that was done, or refused, of which the ledger is told. */
  public record Step(ServerEvent.Type type, String summary, Map<String, String> values) {
    public Step {
      values = Map.copyOf(values);
    }
  }

  /** In the caller's transaction. */
  @TransactionAttribute(TransactionAttributeType.MANDATORY)
  public void record(UUID vm, Step step) {
    append(vm, step, body(step));
  }

  /**
   * Records in a transaction of its own, unless the very same was recorded since anything happened
   * to the VM: its cause lasts, and is found again by each verification.
   */
  @TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
  public void recordOnce(UUID vm, Step step) {
    ledger.lock();
    byte[] body = body(step);
    long since = lastHappened(vm);
    boolean known =
        ledger.latest(LedgerEntryData.Type.REACTION, vm, LOOKED_AT).stream()
            .anyMatch(entry -> entry.data().index() > since && Arrays.equals(entry.body(), body));
    if (!known) {
      append(vm, step, body);
    }
  }

  private long lastHappened(UUID vm) {
    return Stream.of(
            LedgerEntryData.Type.ROLLBACK,
            LedgerEntryData.Type.POLICY,
            LedgerEntryData.Type.BASELINE)
        .flatMap(type -> ledger.latest(type, vm, 1).stream())
        .mapToLong(entry -> entry.data().index())
        .reduce(-1, Math::max);
  }

  private static byte[] body(Step step) {
    JsonObjectBuilder body = JSON.createObjectBuilder().add("outcome", step.type().name());
    new TreeMap<>(step.values()).forEach(body::add);
    return body.build().toString().getBytes(StandardCharsets.UTF_8);
  }

  private void append(UUID vm, Step step, byte[] body) {
    LedgerRecord entry =
        ledger.append(LedgerEntryData.Type.REACTION, Optional.of(vm), body, step.summary());
    Map<String, String> attributes = new TreeMap<>(step.values());
    attributes.put("ledgerIndex", Long.toString(entry.data().index()));
    events.publish(
        entry.hash().hex(),
        new ServerEvent(step.type(), entry.data().at(), Optional.of(vm), attributes));
  }
}
