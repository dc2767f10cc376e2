// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.steps;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerParts;
import io.vmattest.server.testing.TestDatabase;
import jakarta.persistence.EntityManager;
import java.time.Clock;
import java.util.List;
import java.util.UUID;

/** What this package's beans are made of in tests. */
public final class StepParts {
  private StepParts() {}

  public static StepRecorder recorder(EntityManager em, EventPublisher events, Clock clock) {
    StepRecorder recorder = new StepRecorder();
    recorder.ledger = LedgerParts.ledger(em, clock);
    recorder.events = events;
    return recorder;
  }

  /** Summaries of what was recorded on reactions, latest first. */
  public static List<String> recorded(TestDatabase database, UUID vm) {
    return database.transaction(
        em -> {
          Ledger ledger = LedgerParts.ledger(em, Clock.systemUTC());
          return ledger.latest(LedgerEntryData.Type.REACTION, vm, 100).stream()
              .map(entry -> entry.summary())
              .toList();
        });
  }
}
