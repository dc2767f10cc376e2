// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.appraisal.AppraisalPolicy;
import io.vmattest.core.appraisal.Verdict;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.policy.Policies;
import io.vmattest.server.policy.VmPolicy;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
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
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OverdueWatchTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration INTERVAL = Duration.ofMinutes(5);
  private static final Instant LONG_AGO = NOW.minus(INTERVAL.multipliedBy(3)).minusSeconds(1);

  private final UUID vm = new UUID(1, 1);
  private final UUID second = new UUID(1, 2);
  private final StandInHost host = new StandInHost();
  private final StandInStates states = new StandInStates();
  private final List<UUID> overdue = new ArrayList<>();
  private final OverdueWatch overdueWatch = new OverdueWatch();
  private final HostWatch hostWatch = new HostWatch();
  private Optional<Instant> policyAt = Optional.empty();
  private final Problem failure = Problem.HSM_UNAVAILABLE;
  private Optional<UUID> unrecordable = Optional.empty();

  @BeforeEach
  void wire() {
    hostWatch.host = host;
    hostWatch.clock = Clock.fixed(NOW, ZoneOffset.UTC);
    hostWatch.asking = Runnable::run;
    hostWatch.silences = new Unrecorded();
    overdueWatch.host = hostWatch;
    overdueWatch.states = states;
    overdueWatch.clock = Clock.fixed(NOW, ZoneOffset.UTC);
    overdueWatch.policies =
        new Policies() {
          @Override
          public Optional<Instant> recordedAt(UUID id) {
            return policyAt;
          }
        };
    overdueWatch.watch =
        new Watch() {
          @Override
          public Map<UUID, VmPolicy> watched() {
            VmPolicy policy = new VmPolicy(AppraisalPolicy.DEFAULT, INTERVAL);
            return new TreeMap<>(Map.of(vm, policy, second, policy));
          }
        };
    overdueWatch.verifications =
        new VerificationService() {
          @Override
          public void overdue(UUID id, String reason) {
            if (unrecordable.equals(Optional.of(id))) {
              throw new ServiceException(failure, "the test's");
            }
            overdue.add(id);
          }
        };
  }

  private void look() {
    hostWatch.look();
    overdueWatch.look();
  }

  @Test
  void aRunningVmWithoutReportForThreeIntervalsIsOverdue() {
    host.has(vm, RunState.RUNNING);
    states.knows(vm, LONG_AGO, Optional.of(Verdict.VERIFIED));
    look();
    assertEquals(List.of(vm), overdue);
  }

  @Test
  void aVmThatWasAttestedInTimeIsNot() {
    host.has(vm, RunState.RUNNING);
    states.knows(vm, LONG_AGO.plusSeconds(1), Optional.of(Verdict.VERIFIED));
    look();
    assertEquals(List.of(), overdue);
  }

  @Test
  void aVmThatDoesNotRunIsNot() {
    host.has(vm, RunState.SHUT_OFF);
    states.knows(vm, LONG_AGO, Optional.of(Verdict.VERIFIED));
    look();
    assertEquals(List.of(), overdue);
  }

  @Test
  void aVmThatIsOverdueIsNotToldAgain() {
    host.has(vm, RunState.RUNNING);
    states.knows(vm, LONG_AGO, Optional.of(Verdict.OVERDUE));
    look();
    assertEquals(List.of(), overdue);
  }

  @Test
  void aVmOnAHostThatHasFallenSilentIsOverdueAllTheSame() {
    host.has(vm, RunState.RUNNING);
    look();
    host.reachable = false;
    states.knows(vm, LONG_AGO, Optional.of(Verdict.VERIFIED));
    look();
    assertEquals(List.of(vm), overdue);
  }

  @Test
  void aVmThatWasOffWhenTheHostFellSilentIsNot() {
    host.has(vm, RunState.SHUT_OFF);
    look();
    host.reachable = false;
    states.knows(vm, LONG_AGO, Optional.of(Verdict.VERIFIED));
    look();
    assertEquals(List.of(), overdue);
  }

  @Test
  void onAHostThatHasNeverAnsweredEveryWatchedVmCountsOnceTheAnswerIsLate() {
    host.reachable = false;
    states.knows(vm, LONG_AGO, Optional.of(Verdict.VERIFIED));
    look();
    assertEquals(List.of(), overdue);
    hostWatch.clock = Clock.fixed(NOW.plusSeconds(121), ZoneOffset.UTC);
    look();
    assertEquals(List.of(vm), overdue);
  }

  @Test
  void aQuestionThatNeverComesBackKeepsNobodyFromBeingOverdue() {
    host.has(vm, RunState.RUNNING);
    look();
    hostWatch.asking = question -> {};
    states.knows(vm, LONG_AGO, Optional.of(Verdict.VERIFIED));
    look();
    look();
    assertEquals(List.of(vm, vm), overdue);
  }

  @Test
  void aVmWithAPolicyThatHasNeverGivenAReportIsOverdue() {
    host.has(vm, RunState.RUNNING);
    policyAt = Optional.of(LONG_AGO);
    look();
    assertEquals(List.of(vm), overdue);
  }

  @Test
  void oneThatCannotBeRecordedKeepsNoOtherFromItAndIsTriedAgain() {
    host.has(vm, RunState.RUNNING);
    host.has(second, RunState.RUNNING);
    states.knows(vm, LONG_AGO, Optional.empty());
    states.knows(second, LONG_AGO, Optional.empty());
    unrecordable = Optional.of(vm);
    look();
    assertEquals(List.of(second), overdue);
    unrecordable = Optional.empty();
    look();
    assertTrue(overdue.contains(vm));
  }

  /** As after a start past the time at which the VM was due, when its timer is first. */
  @Test
  void beforeTheReportThatWouldHideItALateVmIsSaidToBeOverdue() {
    states.knows(vm, LONG_AGO, Optional.of(Verdict.VERIFIED));
    overdueWatch.beforeReport(vm);
    assertEquals(List.of(vm), overdue);
    overdueWatch.beforeReport(UUID.randomUUID());
    assertEquals(List.of(vm), overdue);
  }

  @Test
  void aVmThatNobodyWatchesIsNeverOverdue() {
    UUID other = UUID.randomUUID();
    host.has(other, RunState.RUNNING);
    states.knows(other, LONG_AGO, Optional.of(Verdict.VERIFIED));
    look();
    assertEquals(List.of(), overdue);
  }

  /** What the host does is another test's matter. */
  private static final class Unrecorded extends HostSilences {
    @Override
    public Optional<Instant> open(String hostId) {
      return Optional.empty();
    }

    @Override
    public void silent(String hostId, Instant since, String detail) {}

    @Override
    public void back(String hostId, Instant since, Instant at) {}
  }
}
