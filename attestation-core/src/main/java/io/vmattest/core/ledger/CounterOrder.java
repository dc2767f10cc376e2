// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.ledger;

import io.vmattest.core.json.JsonImplementation;
import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.tlog.Checkpoint;
import io.vmattest.core.tlog.CounterBinding;
import io.vmattest.core.tlog.MalformedTlogException;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import java.io.ByteArrayInputStream;
import java.util.Optional;

/**
 * Follows the counter that checkpoints are bound to: each names the value after the one before. It
 * may go elsewhere where an administrator acknowledged an older database, which the ledger says
 * between the two. A checkpoint that is bound to none is passed over.
 */
final class CounterOrder {
  /** What the body of such an entry has as "what". */
  private static final String ACKNOWLEDGED = "older-database-acknowledged";

  private final LedgerFindings findings;
  private Optional<CounterBinding> last;
  private boolean isAcknowledged;

  CounterOrder(LedgerFindings findings, Optional<CounterBinding> last, boolean isAcknowledged) {
    this.findings = findings;
    this.last = last;
    this.isAcknowledged = isAcknowledged;
  }

  Optional<CounterBinding> last() {
    return last;
  }

  boolean isAcknowledged() {
    return isAcknowledged;
  }

  /** An entry about the ledger itself. */
  void next(byte[] body) {
    try (JsonReader reader = JsonImplementation.JSON.createReader(new ByteArrayInputStream(body))) {
      JsonObject json = reader.readObject();
      isAcknowledged |=
          json.get("what") instanceof JsonString what && what.getString().equals(ACKNOWLEDGED);
    } catch (JsonException | IllegalStateException e) {
      // Whoever wrote it did not acknowledge anything.
    }
  }

  void next(Checkpoint checkpoint) {
    try {
      Optional<CounterBinding> bound = CounterBinding.of(checkpoint);
      if (bound.isPresent()) {
        follow(checkpoint, bound.get());
      }
    } catch (MalformedTlogException e) {
      findings.add(Kind.CHECKPOINT_COUNTER, checkpoint.size(), String.valueOf(e.getMessage()));
    }
  }

  private void follow(Checkpoint checkpoint, CounterBinding bound) {
    if (last.isPresent() && !isAcknowledged && !follows(last.get(), bound)) {
      findings.add(
          Kind.CHECKPOINT_COUNTER,
          checkpoint.size(),
          "it is bound to %d of counter %s, and the one before to %d of %s"
              .formatted(
                  bound.value(), bound.counterId(), last.get().value(), last.get().counterId()));
    }
    last = Optional.of(bound);
    isAcknowledged = false;
  }

  private static boolean follows(CounterBinding before, CounterBinding after) {
    return after.counterId().equals(before.counterId()) && after.value() == before.value() + 1;
  }
}
