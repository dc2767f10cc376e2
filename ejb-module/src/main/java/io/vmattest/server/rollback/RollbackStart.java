// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import io.vmattest.core.report.Digest;
import java.util.Optional;
import java.util.UUID;

/**
 * Why a rollback is started.
 *
 * @param by who wants it, for people
 * @param cause fingerprint of the discrepancy, if it is for a policy's sake; empty if a person
 *     wants it
 * @param approved what two people approved, if it is that
 */
public record RollbackStart(String by, Optional<Digest> cause, Optional<Approved> approved) {
  /**
   * What was approved starts once, whoever tries.
   *
   * @param proposal its id
   * @param after index of the VM's last entry on rollbacks that who starts it knows of; -1 for none
   */
  public record Approved(UUID proposal, long after) {}

  public static RollbackStart byPerson(String name) {
    return new RollbackStart(name, Optional.empty(), Optional.empty());
  }

  public static RollbackStart byPolicy(Digest cause) {
    return new RollbackStart("the VM's policy", Optional.of(cause), Optional.empty());
  }

  /** Two people want it. */
  public static RollbackStart byPeople(String names, Approved approved) {
    return new RollbackStart(names, Optional.empty(), Optional.of(approved));
  }
}
