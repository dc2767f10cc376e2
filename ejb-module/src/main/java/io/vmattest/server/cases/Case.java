// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.cases;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.util.Optional;
import java.util.UUID;

/**
 * A rollback that ended. The index of its ROLLBACK entry is its ID: entries stay where they are.
 *
 * @param body of the entry
 */
public record Case(LedgerRecord entry, UUID vm, JsonObject body) {
  /** The case that an entry is; empty if it is none, or one that only says that one began. */
  static Optional<Case> of(LedgerRecord entry) {
    if (entry.data().type() != LedgerEntryData.Type.ROLLBACK || entry.data().vm().isEmpty()) {
      return Optional.empty();
    }
    try (JsonReader reader = JSON.createReader(new ByteArrayInputStream(entry.body()))) {
      Case found = new Case(entry, entry.data().vm().get(), reader.readObject());
      return found.outcome().equals(ServerEvent.Type.ROLLBACK_STARTED.name())
          ? Optional.empty()
          : Optional.of(found);
    } catch (JsonException e) {
      throw damaged(entry.data().index(), e);
    }
  }

  public long index() {
    return entry.data().index();
  }

  /** ROLLBACK or ROLLBACK_FAILED. */
  public String outcome() {
    return body.getString("outcome", "");
  }

  /** Whether the VM was put back. */
  public boolean isSuccess() {
    return outcome().equals(ServerEvent.Type.ROLLBACK.name());
  }

  /** The digest that a member of the body is. */
  Digest digest(String member) {
    try {
      return Digest.ofHex(body.getString(member, ""));
    } catch (IllegalArgumentException e) {
      throw damaged(index(), e);
    }
  }

  private static ServiceException damaged(long index, Exception cause) {
    return new ServiceException(
        Problem.LEDGER_DAMAGED, "ledger entry " + index + " is no rollback's", cause);
  }
}
