// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.approval;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Something that two people have to want.
 *
 * @param why one sentence
 * @param first who proposed it, or confirmed what a policy proposed; empty if nobody has yet
 * @param second who approved or rejected it
 */
public record Proposal(
    UUID id,
    UUID vm,
    State state,
    String why,
    Subject subject,
    Optional<Person> first,
    Optional<Person> second,
    Instant madeAt,
    Instant expiresAt) {
  /** How far it has come. */
  public enum State {
    OPEN,
    /** It starts, runs, or waits for the server to take it up again. */
    APPROVED,
    REJECTED,
    /** Nobody decided on it in time, or what was approved did not run in time. */
    EXPIRED,
    /** What was approved is done. */
    DONE,
    /** What was approved could not be done. */
    FAILED
  }

  public boolean isByPolicy() {
    return subject instanceof Subject.Rollback rollback && rollback.cause().isPresent();
  }

  public boolean isOpen() {
    return state == State.OPEN;
  }

  /** Who wants it, for people. */
  public String people() {
    return Stream.of(first, second)
        .flatMap(Optional::stream)
        .map(Person::name)
        .collect(Collectors.joining(" and "));
  }

  Proposal confirmedBy(Person person) {
    return with(State.OPEN, Optional.of(person), Optional.empty());
  }

  Proposal decidedBy(Person person, State decision) {
    return with(decision, first, Optional.of(person));
  }

  Proposal in(State next) {
    return with(next, first, second);
  }

  private Proposal with(State next, Optional<Person> one, Optional<Person> other) {
    return new Proposal(id, vm, next, why, subject, one, other, madeAt, expiresAt);
  }
}
