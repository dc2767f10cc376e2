// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ingest;

import java.util.List;

/** Where a queue's reports come from, in their order. */
interface ReportSource {
  /**
   * Some of them.
   *
   * @param areLast whether there are no more to be taken now
   */
  record Taken(List<? extends QueuedReport> reports, boolean areLast) {}

  /** The next ones. */
  Taken take();
}
