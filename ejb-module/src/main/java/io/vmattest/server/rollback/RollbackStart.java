// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import io.vmattest.core.report.Digest;
import java.util.Optional;

/**
 * Why a rollback is started.
 *
 * @param by who wants it, for people
 * @param cause fingerprint of the discrepancy, if it is for a policy's sake; empty if a person
 *     wants it
 */
public record RollbackStart(String by, Optional<Digest> cause) {
  public static RollbackStart byPerson(String name) {
    return new RollbackStart(name, Optional.empty());
  }

  public static RollbackStart byPolicy(Digest cause) {
    return new RollbackStart("the VM's policy", Optional.of(cause));
  }
}
