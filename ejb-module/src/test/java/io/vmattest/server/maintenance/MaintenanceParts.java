// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.maintenance;

import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.ledger.LedgerParts;
import io.vmattest.server.steps.StepParts;
import jakarta.persistence.EntityManager;
import java.time.Clock;

/** This package's beans, as the container would wire them. */
public final class MaintenanceParts {
  private MaintenanceParts() {}

  public static Windows windows(EntityManager em, EventPublisher events, Clock clock) {
    Windows windows = new Windows();
    windows.em = em;
    windows.clock = clock;
    windows.ledger = LedgerParts.ledger(em, clock);
    windows.steps = StepParts.recorder(em, events, clock);
    return windows;
  }
}
