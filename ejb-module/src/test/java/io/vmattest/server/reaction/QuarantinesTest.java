// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.hypervisor.api.NetworkLink;
import io.vmattest.hypervisor.api.NetworkLink.State;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.events.ServerEvent.Type;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.reaction.Quarantine.Kind;
import io.vmattest.server.steps.StepParts;
import io.vmattest.server.testing.CollectedEvents;
import io.vmattest.server.testing.TestDatabase;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class QuarantinesTest {
  private static final List<NetworkLink> LINKS =
      List.of(
          new NetworkLink("52:54:00:00:00:01", State.UNSAID),
          new NetworkLink("52:54:00:00:00:02", State.UP),
          new NetworkLink("52:54:00:00:00:03", State.DOWN));

  private final TestDatabase database = new TestDatabase();
  private final CollectedEvents events = new CollectedEvents();
  private final LittleHost host = new LittleHost();
  private final UUID vm = UUID.randomUUID();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void aVmThatRanIsSuspendedOnceAndRunsAgainWhenItIsLifted() {
    impose(Kind.PAUSE);
    impose(Kind.PAUSE);
    assertEquals(RunState.SUSPENDED, host.state);
    assertEquals(List.of(Type.QUARANTINED), events.types());
    lift();
    assertEquals(RunState.RUNNING, host.state);
    assertEquals(List.of("quarantine lifted by eve", "quarantined: suspended"), recorded());
  }

  @Test
  void aVmThatStoodStillStaysSoWhenItIsLifted() {
    host.state = RunState.SUSPENDED;
    impose(Kind.PAUSE);
    lift();
    assertEquals(RunState.SUSPENDED, host.state);
  }

  @Test
  void whatSomebodyResumedBehindItsBackIsSuspendedAgain() {
    impose(Kind.PAUSE);
    host.state = RunState.RUNNING;
    impose(Kind.PAUSE);
    assertEquals(RunState.SUSPENDED, host.state);
    assertEquals(2, recorded().size());
  }

  @Test
  void linksGoDownAndComeBackAsTheyWere() {
    host.links = LINKS;
    impose(Kind.LINKS);
    impose(Kind.LINKS);
    assertTrue(host.links.stream().noneMatch(NetworkLink::isUp), host.links::toString);
    assertEquals(List.of("setLinks"), host.calls);
    assertEquals(RunState.RUNNING, host.state);
    lift();
    assertEquals(LINKS, host.links);
    assertEquals(List.of("setLinks", "setLinks"), host.calls);
  }

  @Test
  void aVmThatIsGoneIsLiftedWithoutAWord() {
    impose(Kind.PAUSE);
    host.state = RunState.SHUT_OFF;
    lift();
    assertEquals(RunState.SHUT_OFF, host.state);
  }

  @Test
  void aFailureIsRecordedOnceAndTriedAgain() {
    host.refuses = true;
    impose(Kind.PAUSE);
    impose(Kind.PAUSE);
    assertEquals(List.of(Type.QUARANTINE_FAILED), events.types());
    host.refuses = false;
    impose(Kind.PAUSE);
    assertEquals(RunState.SUSPENDED, host.state);
    lift();
    assertEquals(RunState.RUNNING, host.state, "what it was like was known before it was tried");
  }

  @Test
  void whatIsInNoQuarantineCannotBeLifted() {
    assertEquals(Problem.NO_QUARANTINE, assertThrows(ServiceException.class, this::lift).problem());
  }

  private List<String> recorded() {
    return StepParts.recorded(database, vm);
  }

  private void impose(Kind kind) {
    run(quarantines -> quarantines.impose(vm, kind));
  }

  private void lift() {
    run(quarantines -> quarantines.lift(vm, "eve"));
  }

  private void run(Consumer<Quarantines> work) {
    database.run(
        em -> {
          work.accept(QuarantineParts.quarantines(em, events, host, Clock.systemUTC()));
        });
  }
}
