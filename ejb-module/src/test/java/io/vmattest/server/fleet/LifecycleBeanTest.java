// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.hypervisor.api.VirtualMachineEvent;
import io.vmattest.server.attestation.AttestationRequest.Trigger;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.schedule.Watch;
import io.vmattest.server.schedule.WatchedRun;
import io.vmattest.server.testing.CollectedEvents;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LifecycleBeanTest {
  private final UUID watched = UUID.randomUUID();
  private final List<String> runs = new ArrayList<>();
  private final CollectedEvents events = new CollectedEvents();
  private final LifecycleBean bean = new LifecycleBean();

  @BeforeEach
  void wire() {
    bean.events = events;
    bean.watch =
        new Watch() {
          @Override
          public boolean isWatched(UUID vm) {
            return vm.equals(watched);
          }
        };
    bean.runs =
        new WatchedRun() {
          @Override
          public void start(UUID vm, Trigger trigger) {
            runs.add(trigger + " " + vm);
          }
        };
  }

  @Test
  void aWatchedVmThatStartsIsAttestedForTheEvent() {
    happens(watched, VirtualMachineEvent.Type.STARTED);
    assertEquals(List.of("EVENT " + watched), runs);
  }

  @Test
  void aVmThatNobodyWatchesIsLeftAlone() {
    happens(UUID.randomUUID(), VirtualMachineEvent.Type.STARTED);
    assertEquals(List.of(), runs);
  }

  @ParameterizedTest
  @EnumSource(
      value = VirtualMachineEvent.Type.class,
      names = "STARTED",
      mode = EnumSource.Mode.EXCLUDE)
  void anyOtherChangeIsToldAndNothingMore(VirtualMachineEvent.Type type) {
    happens(watched, type);
    assertEquals(List.of(), runs);
    assertEquals(List.of(ServerEvent.Type.LIFECYCLE), events.types());
    assertEquals(type.name(), events.events.get(0).attributes().get("change"));
  }

  private void happens(UUID vm, VirtualMachineEvent.Type type) {
    bean.onEvent(new VirtualMachineEvent(vm, "vm", type, Instant.EPOCH));
  }
}
