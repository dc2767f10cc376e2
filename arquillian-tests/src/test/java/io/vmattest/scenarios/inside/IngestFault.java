// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios.inside;

import io.vmattest.server.ledger.ReportAppended;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * Throws in the middle of the transaction that appends a report, as often as {@link FaultCounter}
 * says.
 */
@ApplicationScoped
public class IngestFault {
  void appended(@Observes ReportAppended event) {
    if (FaultCounter.take()) {
      throw new IllegalStateException("a fault that the test asked for");
    }
  }
}
