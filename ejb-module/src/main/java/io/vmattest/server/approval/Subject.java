// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.approval;

import io.vmattest.core.report.Digest;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What two people have to want. */
public sealed interface Subject {
  /** Digest of the report that it is about. */
  Digest report();

  /** What it is called, for people. */
  String title();

  /**
   * What its steps are recorded with.
   *
   * @param why one sentence, the proposal's
   */
  Map<String, String> values(String why);

  /** There is one of a kind for a VM at a time. */
  default boolean isOfKindOf(Subject other) {
    return getClass().equals(other.getClass());
  }

  /**
   * A VM goes back.
   *
   * @param report to whose snapshot
   * @param cause fingerprint of the discrepancy for whose sake a policy proposes it; empty if a
   *     person does
   */
  record Rollback(Digest report, Optional<Digest> cause) implements Subject {
    @Override
    public String title() {
      return "a rollback";
    }

    @Override
    public Map<String, String> values(String why) {
      Map<String, String> values = new TreeMap<>();
      values.put("report", report.hex());
      cause.ifPresent(digest -> values.put("cause", digest.hex()));
      return values;
    }
  }

  /**
   * A VM is changed on purpose.
   *
   * @param report the baseline that would be replaced
   * @param length how long that lasts
   */
  record MaintenanceWindow(Digest report, Duration length) implements Subject {
    @Override
    public String title() {
      return "a maintenance window";
    }

    @Override
    public Map<String, String> values(String why) {
      return Map.of("report", report.hex(), "window", length.toString(), "why", why);
    }
  }
}
