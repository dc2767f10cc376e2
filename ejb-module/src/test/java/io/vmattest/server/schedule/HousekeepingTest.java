// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.core.appraisal.AppraisalPolicy;
import io.vmattest.core.appraisal.Verdict;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.policy.VmPolicy;
import io.vmattest.server.snapshots.Prunings;
import io.vmattest.server.testing.StandInHost;
import io.vmattest.server.testing.StandInStates;
import io.vmattest.server.verification.VerificationService;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HousekeepingTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration INTERVAL = Duration.ofMinutes(5);
  private static final Instant LONG_AGO = NOW.minus(INTERVAL.multipliedBy(3)).minusSeconds(1);

  private final UUID vm = UUID.randomUUID();
  private final StandInHost host = new StandInHost();
  private final StandInStates states = new StandInStates();
  private final List<UUID> overdue = new ArrayList<>();
  private int prunings;
  private final Housekeeping housekeeping = new Housekeeping();

  @BeforeEach
  void wire() {
    housekeeping.host = host;
    housekeeping.states = states;
    housekeeping.clock = Clock.fixed(NOW, ZoneOffset.UTC);
    housekeeping.timers =
        new Timers() {
          @Override
          public void reconcile() {}
        };
    housekeeping.watch =
        new Watch() {
          @Override
          public Map<UUID, VmPolicy> watched() {
            return Map.of(vm, new VmPolicy(AppraisalPolicy.DEFAULT, INTERVAL));
          }
        };
    housekeeping.prunings =
        new Prunings() {
          @Override
          public void startAll() {
            prunings++;
          }
        };
    housekeeping.verifications =
        new VerificationService() {
          @Override
          public void overdue(UUID id, String reason) {
            overdue.add(id);
          }
        };
  }

  @Test
  void aRunningVmWithoutReportForThreeIntervalsIsOverdue() {
    host.has(vm, RunState.RUNNING);
    states.knows(vm, LONG_AGO, Optional.of(Verdict.VERIFIED));
    housekeeping.look();
    assertEquals(List.of(vm), overdue);
  }

  @Test
  void everyLookPrunes() {
    housekeeping.look();
    assertEquals(1, prunings);
  }

  @Test
  void aVmThatWasAttestedInTimeIsNot() {
    host.has(vm, RunState.RUNNING);
    states.knows(vm, LONG_AGO.plusSeconds(1), Optional.of(Verdict.VERIFIED));
    housekeeping.look();
    assertEquals(List.of(), overdue);
  }

  @Test
  void aVmThatDoesNotRunIsNot() {
    host.has(vm, RunState.SHUT_OFF);
    states.knows(vm, LONG_AGO, Optional.of(Verdict.VERIFIED));
    housekeeping.look();
    assertEquals(List.of(), overdue);
  }

  @Test
  void aVmThatIsOverdueIsNotToldAgain() {
    host.has(vm, RunState.RUNNING);
    states.knows(vm, LONG_AGO, Optional.of(Verdict.OVERDUE));
    housekeeping.look();
    assertEquals(List.of(), overdue);
  }

  @Test
  void aVmOnAHostThatDoesNotAnswerIsOverdueAllTheSame() {
    host.has(vm, RunState.RUNNING);
    host.reachable = false;
    states.knows(vm, LONG_AGO, Optional.of(Verdict.VERIFIED));
    housekeeping.look();
    assertEquals(List.of(vm), overdue);
  }

  @Test
  void aVmThatNobodyWatchesIsNeverOverdue() {
    UUID other = UUID.randomUUID();
    host.has(other, RunState.RUNNING);
    states.knows(other, LONG_AGO, Optional.of(Verdict.VERIFIED));
    housekeeping.look();
    assertEquals(List.of(), overdue);
  }
}
