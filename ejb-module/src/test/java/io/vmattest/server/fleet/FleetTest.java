// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.testing.StandInHost;
import io.vmattest.server.testing.StandInStates;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FleetTest {
  private final UUID running = UUID.randomUUID();
  private final UUID gone = UUID.randomUUID();
  private final StandInHost host = new StandInHost();
  private final StandInStates states = new StandInStates();
  private final Fleet fleet = new Fleet();

  @BeforeEach
  void oneRunsAndOneIsGone() {
    host.has(running, RunState.RUNNING);
    states.knows(running, Instant.EPOCH, Optional.empty());
    states.knows(gone, Instant.EPOCH, Optional.empty());
    fleet.host = host;
    fleet.states = states;
  }

  @Test
  void aVmThatTheHostHasNoMoreIsAbsent() {
    assertEquals("RUNNING", fleet.member(running).runState());
    assertEquals("ABSENT", fleet.member(gone).runState());
    assertEquals(2, fleet.members().size());
  }

  @Test
  void whatTheLedgerKnowsIsToldWhileTheHostIsOutOfReach() {
    host.reachable = false;
    assertEquals("UNKNOWN", fleet.member(running).runState());
    assertEquals("UNKNOWN", fleet.member(gone).runState());
    assertEquals(
        List.of("UNKNOWN", "UNKNOWN"),
        fleet.members().stream().map(Fleet.Member::runState).toList());
  }

  @Test
  void whetherAnUnknownVmExistsCannotBeToldWithoutTheHost() {
    assertEquals(Problem.NO_SUCH_VM, refusal(UUID.randomUUID()));
    host.reachable = false;
    assertEquals(Problem.HOST_UNAVAILABLE, refusal(UUID.randomUUID()));
  }

  private Problem refusal(UUID vm) {
    return assertThrows(ServiceException.class, () -> fleet.member(vm)).problem();
  }
}
