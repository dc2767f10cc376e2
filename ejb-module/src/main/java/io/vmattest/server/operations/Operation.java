// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.operations;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Long work as it stands now.
 *
 * @param kind what is being done, e.g. rollback
 * @param step what is being done at the moment, for people
 * @param fraction 0 to 1
 * @param result by name, once it has succeeded
 * @param failure once it has failed
 */
public record Operation(
    UUID id,
    String kind,
    UUID vm,
    State state,
    String step,
    double fraction,
    Instant startedAt,
    Map<String, String> result,
    Optional<Failure> failure) {

  /** How it stands. */
  public enum State {
    RUNNING,
    SUCCEEDED,
    FAILED
  }

  /**
   * Why it failed.
   *
   * @param reason a Problem's name
   */
  public record Failure(String reason, String detail) {}

  public Operation {
    result = Map.copyOf(result);
  }
}
