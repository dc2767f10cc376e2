// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

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
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Records when hosts fall silent and come back: entry and event in one transaction. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class HostSilences {
  private static final String SILENT = "SILENT";
  private static final String BACK = "BACK";

  /** Among so many entries of all hosts is the last one of each. */
  private static final int ENTRIES = 500;

  @Inject Ledger ledger;
  @Inject EventPublisher events;

  /**
   * The host has not answered since then.
   *
   * @param detail why, as far as it is known
   */
  public void silent(String host, Instant since, String detail) {
    record(
        host,
        SILENT,
        ServerEvent.Type.HOST_SILENT,
        "host %s has not answered since %s: %s".formatted(host, since, detail),
        Map.of("since", since.toString(), "detail", detail));
  }

  /** The host answers again. */
  public void back(String host, Instant since, Instant at) {
    record(
        host,
        BACK,
        ServerEvent.Type.HOST_BACK,
        "host %s answers again, after silence since %s".formatted(host, since),
        Map.of("since", since.toString(), "back", at.toString()));
  }

  /** The beginning of the silence that was the last thing recorded of a host, if it was one. */
  public Optional<Instant> open(String host) {
    return ledger.latest(LedgerEntryData.Type.HOST, ENTRIES).stream()
        .map(HostSilences::json)
        .filter(entry -> entry.getString("host").equals(host))
        .findFirst()
        .filter(entry -> entry.getString("what").equals(SILENT))
        .map(entry -> Instant.parse(entry.getString("since")));
  }

  private static JsonObject json(LedgerRecord entry) {
    String text = new String(entry.body(), StandardCharsets.UTF_8);
    try (JsonReader reader = JSON.createReader(new StringReader(text))) {
      return reader.readObject();
    }
  }

  private void record(
      String host,
      String what,
      ServerEvent.Type event,
      String summary,
      Map<String, String> values) {
    JsonObjectBuilder body = JSON.createObjectBuilder().add("host", host).add("what", what);
    values.forEach(body::add);
    LedgerRecord entry =
        ledger.append(
            LedgerEntryData.Type.HOST,
            Optional.empty(),
            body.build().toString().getBytes(StandardCharsets.UTF_8),
            summary);
    Map<String, String> attributes = new TreeMap<>(values);
    attributes.put("host", host);
    attributes.put("ledgerIndex", Long.toString(entry.data().index()));
    attributes.put("entryHash", entry.hash().hex());
    events.publish(
        entry.hash().hex(),
        new ServerEvent(event, entry.data().at(), Optional.empty(), attributes));
  }
}
