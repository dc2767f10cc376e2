// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.cases;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.bundle.CaseManifest;
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
 * A rollback that ended, or a verdict with discrepancies. The index of its entry is its ID: entries
 * stay where they are.
 *
 * @param body what the entry says: outcome, and digests of reports by what each is of
 */
public record Case(LedgerRecord entry, UUID vm, JsonObject body) {
  /** The case that an entry is; empty if it is none, or one that only says that one began. */
  static Optional<Case> of(LedgerRecord entry) {
    return entry
        .data()
        .vm()
        .flatMap(
            vm ->
                switch (entry.data().type()) {
                  case ROLLBACK -> rollback(entry, vm);
                  case VERDICT -> finding(entry, vm);
                  default -> Optional.empty();
                });
  }

  private static Optional<Case> rollback(LedgerRecord entry, UUID vm) {
    try (JsonReader reader = JSON.createReader(new ByteArrayInputStream(entry.body()))) {
      Case found = new Case(entry, vm, reader.readObject());
      return found.outcome().equals(ServerEvent.Type.ROLLBACK_STARTED.name())
          ? Optional.empty()
          : Optional.of(found);
    } catch (JsonException e) {
      throw damaged(entry.data().index(), e);
    }
  }

  private static Optional<Case> finding(LedgerRecord entry, UUID vm) {
    return CaseResults.result(entry)
        .filter(result -> result.verdict() == Verdict.DISCREPANT)
        .filter(result -> result.baseline().isPresent() && result.report().isPresent())
        .map(
            result ->
                JSON.createObjectBuilder()
                    .add("outcome", CaseManifest.DISCREPANT)
                    .add("report", result.baseline().get().hex())
                    .add("observed", result.report().get().digest().hex())
                    .add("verdict", Verdict.DISCREPANT.name())
                    .add("reason", result.reason())
                    .build())
        .map(body -> new Case(entry, vm, body));
  }

  public long index() {
    return entry.data().index();
  }

  /** ROLLBACK, ROLLBACK_FAILED or DISCREPANT. */
  public String outcome() {
    return body.getString("outcome", "");
  }

  /** Whether the VM was put back. */
  public boolean isSuccess() {
    return outcome().equals(ServerEvent.Type.ROLLBACK.name());
  }

  /** Whether it is a verdict. */
  boolean isFinding() {
    return outcome().equals(CaseManifest.DISCREPANT);
  }

  /**
   * Digest of the report of the state in question; empty if a rollback failed before it had one.
   */
  Optional<Digest> state() {
    return found(isFinding() ? "observed" : "suspect");
  }

  /** The digest that a member of the body is, if it is there. */
  Optional<Digest> found(String member) {
    return body.containsKey(member) ? Optional.of(digest(member)) : Optional.empty();
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
