// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.operations;

import jakarta.json.JsonObject;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Long work as it stands now.
 *
 * @param kind what is being done, e.g. rollback
 * @param vm empty if it is about no single one
 * @param step what is being done at the moment, for people
 * @param fraction 0 to 1
 * @param result once it has succeeded; empty until then
 * @param failure once it has failed
 */
public record Operation(
    UUID id,
    String kind,
    Optional<UUID> vm,
    State state,
    String step,
    double fraction,
    Instant startedAt,
    JsonObject result,
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
}
