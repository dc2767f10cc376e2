// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static io.vmattest.core.json.JsonImplementation.JSON;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.hsm.Hsm;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.Map;
import java.util.Optional;

/** What administrators do to the ledger itself; each of it is an entry, with who did it. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class LedgerAdministration {
  @Inject Ledger ledger;
  @Inject LedgerStanding standing;
  @Inject EventPublisher events;
  @Inject Hsm hsm;

  /**
   * Makes the next generation of the HSM's keys. If the entry cannot be written, the keys are there
   * all the same, and used.
   *
   * @param by name of the administrator
   */
  public LedgerRecord rotateKeys(String by) {
    int generation = hsm.rotate();
    return record(
        by, "keys-rotated", "generation " + generation + " of the ledger's keys, by " + by);
  }

  /**
   * Takes an older database for the one to go on with.
   *
   * @param by name of the administrator
   * @param reason for people
   * @throws ServiceException with INVALID_REQUEST if the database is not older
   */
  public LedgerRecord acknowledgeOlder(String by, String reason) {
    if (standing.isCurrent()) {
      throw new ServiceException(
          Problem.INVALID_REQUEST,
          "the database is as new as it should be: nothing to acknowledge");
    }
    String counter = standing.acknowledge();
    return record(
        by,
        "older-database-acknowledged",
        reason,
        JSON.createObjectBuilder().add("counter", counter));
  }

  /**
   * Records in the caller's transaction that it takes bodies out of the database: by nobody but the
   * setting that wants it.
   */
  @TransactionAttribute(TransactionAttributeType.MANDATORY)
  public LedgerRecord archived(ArchiveRecord said) {
    JsonObjectBuilder more = JSON.createObjectBuilder();
    said.addTo(more);
    return record(RetentionLimits.PROPERTY, ArchiveRecord.WHAT, said.text(), more);
  }

  private LedgerRecord record(String by, String what, String reason) {
    return record(by, what, reason, JSON.createObjectBuilder());
  }

  private LedgerRecord record(String by, String what, String reason, JsonObjectBuilder more) {
    JsonObject body =
        JSON.createObjectBuilder()
            .add("what", what)
            .add("by", by)
            .add("reason", reason)
            .addAll(more)
            .build();
    LedgerRecord entry =
        ledger.append(
            LedgerEntryData.Type.LEDGER,
            Optional.empty(),
            body.toString().getBytes(UTF_8),
            what + ": " + reason);
    events.publish(
        entry.hash().hex(),
        new ServerEvent(
            ServerEvent.Type.LEDGER,
            entry.data().at(),
            Optional.empty(),
            Map.of(
                "what", what,
                "by", by,
                "reason", reason,
                "ledgerIndex", Long.toString(entry.data().index()),
                "entryHash", entry.hash().hex())));
    return entry;
  }
}
