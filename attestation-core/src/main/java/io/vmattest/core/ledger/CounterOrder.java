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
import java.io.ByteArrayInputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Follows the counters that checkpoints are bound to, each server's own: one that was bound to a
 * value is followed by one that is bound to the next, and after the first counter another begins
 * only if an administrator acknowledged it. Where one does not follow, checkpoints were taken away,
 * or an older database was put back.
 */
final class CounterOrder {
  /** What the body of such an entry has as "what"; its "counter" names the one it is about. */
  private static final String ACKNOWLEDGED = "older-database-acknowledged";

  private final LedgerFindings findings;
  private final Map<String, Long> last;
  private final Set<String> acknowledged;

  CounterOrder(LedgerFindings findings, Map<String, Long> last, Set<String> acknowledged) {
    this.findings = findings;
    this.last = new HashMap<>(last);
    this.acknowledged = new HashSet<>(acknowledged);
  }

  /** The value of each counter that the last checkpoint bound to it names. */
  Map<String, Long> last() {
    return Map.copyOf(last);
  }

  /** Counters whose next checkpoint may name any value. */
  Set<String> acknowledged() {
    return Set.copyOf(acknowledged);
  }

  /** An entry about the ledger itself. */
  void next(byte[] body) {
    try (JsonReader reader = JsonImplementation.JSON.createReader(new ByteArrayInputStream(body))) {
      JsonObject json = reader.readObject();
      if (ACKNOWLEDGED.equals(json.getString("what", ""))) {
        Optional.of(json.getString("counter", ""))
            .filter(CounterBinding::isId)
            .ifPresent(acknowledged::add);
      }
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
    boolean isAcknowledged = acknowledged.remove(bound.counterId());
    if (!isAcknowledged && !follows(bound)) {
      findings.add(Kind.CHECKPOINT_COUNTER, checkpoint.size(), complaint(bound));
    }
    last.put(bound.counterId(), bound.value());
  }

  private boolean follows(CounterBinding bound) {
    return last.isEmpty() || Objects.equals(last.get(bound.counterId()), bound.value() - 1);
  }

  private String complaint(CounterBinding bound) {
    return "it is bound to %d of counter %s, %s"
        .formatted(
            bound.value(),
            bound.counterId(),
            last.containsKey(bound.counterId())
                ? "and the one before to " + last.get(bound.counterId())
                : "which nobody acknowledged beside " + last.keySet());
  }
}
