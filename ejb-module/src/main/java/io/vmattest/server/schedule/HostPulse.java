// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What is known of a host by its answers: when the last one came, which VMs ran then, and what it
 * failed with since. Immutable.
 *
 * @param since of the last answer, or of the first question
 * @param active the VMs that were running or suspended; empty if it has never answered
 * @param failure why the last question had no answer; empty if it had, or none has come yet
 */
record HostPulse(Instant since, Optional<Set<UUID>> active, String failure) {
  /** Nothing has been asked before. */
  static HostPulse begin(Instant now) {
    return new HostPulse(now, Optional.empty(), "");
  }

  HostPulse answered(Instant now, Set<UUID> running) {
    return new HostPulse(now, Optional.of(Set.copyOf(running)), "");
  }

  HostPulse failed(String why) {
    return new HostPulse(since, active, why);
  }

  boolean isSilent(Instant now, Duration limit) {
    return Duration.between(since, now).compareTo(limit) > 0;
  }

  /**
   * The VMs that count as running. While nobody knows, all that are watched do: that they are
   * unseen must be said. Before the first answer is due there are none, for it may say they are
   * off.
   */
  Set<UUID> active(Set<UUID> watched, Instant now, Duration limit) {
    return active.orElseGet(() -> isSilent(now, limit) ? watched : Set.of());
  }
}
