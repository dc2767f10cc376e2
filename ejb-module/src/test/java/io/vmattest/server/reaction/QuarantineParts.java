// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import io.vmattest.server.attestation.CaptureGuard;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.ledger.LedgerParts;
import io.vmattest.server.rollback.RollbackParts;
import io.vmattest.server.steps.StepParts;
import jakarta.persistence.EntityManager;
import java.time.Clock;

/** What quarantines are made of, as the container would wire it. */
final class QuarantineParts {
  private QuarantineParts() {}

  static Quarantines quarantines(
      EntityManager em, EventPublisher events, LittleHost host, Clock clock) {
    Quarantines quarantines = new Quarantines();
    quarantines.host = host;
    quarantines.guard = new CaptureGuard();
    quarantines.clock = clock;
    quarantines.recorder = StepParts.recorder(em, events, clock);
    quarantines.ends = ends(em, events, host, clock);
    quarantines.store = quarantines.ends.store;
    return quarantines;
  }

  static QuarantineEnds ends(
      EntityManager em, EventPublisher events, LittleHost host, Clock clock) {
    QuarantineEnds ends = new QuarantineEnds();
    ends.host = host;
    ends.guard = new CaptureGuard();
    ends.history = RollbackParts.history(LedgerParts.ledger(em, clock));
    ends.store = new QuarantineStore();
    ends.store.em = em;
    ends.store.recorder = StepParts.recorder(em, events, clock);
    return ends;
  }
}
