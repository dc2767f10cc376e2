// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import io.vmattest.server.attestation.AttestationRequest.Trigger;
import io.vmattest.server.ledger.VmState;
import io.vmattest.server.ledger.VmStates;
import io.vmattest.server.policy.PolicyChanged;
import io.vmattest.server.policy.VmPolicy;
import jakarta.annotation.Resource;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.Timeout;
import jakarta.ejb.Timer;
import jakarta.ejb.TimerConfig;
import jakarta.ejb.TimerService;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/**
 * One timer per watched VM. A timer goes off once and sets the next, so that none pile up. Timers
 * end with the server: the ledger knows when a VM was last attested, and so when it is due.
 */
@Singleton
@Startup
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
public class Timers {
  /** The part of the interval by which a timer may be early or late. */
  private static final double JITTER = 0.1;

  @Inject Watch watch;
  @Inject VmStates states;
  @Inject Clock clock;
  @Inject WatchedRun runs;

  @Resource
  @SuppressWarnings("NullAway.Init")
  TimerService timers;

  /** Sets the next timer and starts the run, in the transaction of the timer itself. */
  @Timeout
  void due(Timer timer) {
    UUID vm = vm(timer);
    Optional.ofNullable(watch.watched().get(vm))
        .ifPresent(
            policy -> {
              set(vm, policy.interval());
              runs.start(vm, Trigger.TIMER);
            });
  }

  /** A changed interval counts from now on. */
  public void changed(@Observes PolicyChanged change) {
    timers.getTimers().stream()
        .filter(timer -> vm(timer).equals(change.vm()))
        .forEach(Timer::cancel);
    VmPolicy policy = change.policy();
    if (!policy.interval().isZero()) {
      set(change.vm(), policy.interval());
    }
  }

  /** Gives every watched VM its timer, and takes away the others'. */
  public void reconcile() {
    Map<UUID, VmPolicy> missing = new TreeMap<>(watch.watched());
    for (Timer timer : timers.getTimers()) {
      if (missing.remove(vm(timer)) == null) {
        timer.cancel();
      }
    }
    if (!missing.isEmpty()) {
      Map<UUID, Instant> attested =
          states.all().stream().collect(Collectors.toMap(VmState::vm, VmState::lastIssuedAt));
      Instant now = clock.instant();
      missing.forEach(
          (vm, policy) -> setIn(vm, left(policy.interval(), attested.getOrDefault(vm, now), now)));
    }
  }

  private void set(UUID vm, Duration interval) {
    setIn(vm, jittered(interval));
  }

  private void setIn(UUID vm, Duration time) {
    timers.createSingleActionTimer(time.toMillis(), new TimerConfig(vm.toString(), false));
  }

  /** What is left of an interval; those that are overdue are spread, too. */
  static Duration left(Duration interval, Instant attested, Instant now) {
    Duration passed = Duration.between(attested, now);
    Duration left = jittered(interval).minus(passed.isNegative() ? Duration.ZERO : passed);
    return left.isNegative() ? spread(interval) : left;
  }

  private static Duration spread(Duration interval) {
    double part = JITTER * ThreadLocalRandom.current().nextDouble();
    return Duration.ofMillis(Math.round(interval.toMillis() * part));
  }

  static Duration jittered(Duration interval) {
    double factor = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
    return Duration.ofMillis(Math.round(interval.toMillis() * factor));
  }

  private static UUID vm(Timer timer) {
    return UUID.fromString((String) timer.getInfo());
  }
}
