// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios.inside;

import io.vmattest.server.ledger.ReportsAppended;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * Throws in the middle of the transaction that appends reports, as often as {@link FaultCounter}
 * says.
 */
@ApplicationScoped
public class IngestFault {
  void appended(@Observes ReportsAppended event) {
    if (FaultCounter.take()) {
      throw new IllegalStateException("a fault that the test asked for");
    }
  }
}
