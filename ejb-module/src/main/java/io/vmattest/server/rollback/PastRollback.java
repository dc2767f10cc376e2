// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.report.Digest;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.LedgerRecord;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * An entry on a rollback: that one began, or how it ended.
 *
 * @param index of the entry
 * @param report digest of the report that was to be gone back to, in hexadecimal digits
 * @param cause fingerprint of the discrepancy for which it was started automatically, in
 *     hexadecimal digits; empty if a person started it
 * @param reason why it failed; empty if it did not
 * @param proposal id of what was approved, if that began; empty otherwise
 */
record PastRollback(
    long index,
    Instant at,
    String outcome,
    String report,
    String cause,
    String reason,
    String proposal) {
  static PastRollback of(LedgerRecord entry) {
    try (JsonReader reader = JSON.createReader(new ByteArrayInputStream(entry.body()))) {
      JsonObject body = reader.readObject();
      return new PastRollback(
          entry.data().index(),
          entry.data().at(),
          body.getString("outcome", ""),
          body.getString("report", ""),
          body.getString("cause", ""),
          body.getString("reason", ""),
          body.getString("proposal", ""));
    }
  }

  private boolean isStart() {
    return is(ServerEvent.Type.ROLLBACK_STARTED);
  }

  boolean isAutomaticStart() {
    return isStart() && !cause.isEmpty();
  }

  boolean isStartByPerson() {
    return isStart() && cause.isEmpty();
  }

  /** Whether it began automatically, for this discrepancy or any. */
  boolean isStartFor(Digest target, Optional<Digest> discrepancy) {
    return isAutomaticStart()
        && isOf(target)
        && discrepancy.map(d -> cause.equals(d.hex())).orElse(true);
  }

  boolean isStartOf(UUID approved) {
    return isStart() && proposal.equals(approved.toString());
  }

  boolean isSuccess() {
    return is(ServerEvent.Type.ROLLBACK);
  }

  boolean isSuccessOf(Digest target) {
    return isSuccess() && isOf(target);
  }

  boolean isEndOf(Digest target) {
    return !isStart() && isOf(target);
  }

  boolean isFailure() {
    return is(ServerEvent.Type.ROLLBACK_FAILED);
  }

  private boolean is(ServerEvent.Type type) {
    return outcome.equals(type.name());
  }

  private boolean isOf(Digest target) {
    return report.equals(target.hex());
  }
}
