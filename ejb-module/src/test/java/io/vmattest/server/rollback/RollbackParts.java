// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.ledger.Ledger;

/** This package's beans, as the container would wire them. */
public final class RollbackParts {
  private RollbackParts() {}

  public static ApprovedCourses courses(Ledger ledger) {
    ApprovedCourses courses = new ApprovedCourses();
    courses.ledger = ledger;
    return courses;
  }

  /** One that reads of rollbacks that were done. */
  public static RollbackHistory history(Ledger ledger) {
    RollbackHistory history = new RollbackHistory();
    history.ledger = ledger;
    return history;
  }

  /** One that records how rollbacks begin and fail. */
  public static RollbackRecorder recorder(Ledger ledger, EventPublisher events) {
    RollbackRecorder recorder = new RollbackRecorder();
    recorder.ledger = ledger;
    recorder.events = events;
    return recorder;
  }
}
