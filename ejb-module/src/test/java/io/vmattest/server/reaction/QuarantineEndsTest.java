// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.hypervisor.api.NetworkLink;
import io.vmattest.hypervisor.api.NetworkLink.State;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.events.ServerEvent.Type;
import io.vmattest.server.ledger.LedgerParts;
import io.vmattest.server.reaction.Quarantine.Kind;
import io.vmattest.server.rollback.RolledBack;
import io.vmattest.server.testing.CollectedEvents;
import io.vmattest.server.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class QuarantineEndsTest {
  private static final String REPORT = "a".repeat(64);

  private final TestDatabase database = new TestDatabase();
  private final CollectedEvents events = new CollectedEvents();
  private final LittleHost host = new LittleHost();
  private final UUID vm = UUID.randomUUID();
  private Instant now = Instant.parse("2026-03-01T12:00:00Z");

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void aRollbackEndsItSaysSoAndLetsTheVmRunThatRanBefore() {
    impose(Kind.PAUSE);
    ended("ROLLBACK");
    told();
    assertEquals(RunState.RUNNING, host.state);
    assertEquals(Optional.empty(), find());
    assertEquals(List.of(Type.QUARANTINED, Type.QUARANTINE_LIFTED), events.types());
    ServerEvent lifted = events.events.get(1);
    assertEquals(REPORT, lifted.attributes().get("report"));
    assertEquals("the rollback", lifted.attributes().get("by"));
  }

  @Test
  void aVmThatStoodStillBeforeItStaysSo() {
    host.state = RunState.SUSPENDED;
    impose(Kind.PAUSE);
    ended("ROLLBACK");
    told();
    assertEquals(RunState.SUSPENDED, host.state);
    assertEquals(Optional.empty(), find());
  }

  @Test
  void linksAreLeftAsTheAttestedDefinitionHasThem() {
    NetworkLink attestedDown = new NetworkLink("52:54:00:00:00:01", State.DOWN);
    host.links = List.of(new NetworkLink("52:54:00:00:00:01", State.UP));
    impose(Kind.LINKS);
    ended("ROLLBACK");
    host.links = List.of(attestedDown);
    told();
    assertEquals(List.of(attestedDown), host.links);
    assertEquals(Optional.empty(), find());
  }

  @Test
  void aRollbackThatFailedOrCameBeforeEndsNothing() {
    ended("ROLLBACK");
    impose(Kind.PAUSE);
    told();
    ended("ROLLBACK_FAILED");
    told();
    look();
    assertEquals(RunState.SUSPENDED, host.state);
    assertTrue(find().isPresent());
  }

  @Test
  void whatAServerDidNotLiveToEndIsEndedByTheNextLook() {
    impose(Kind.PAUSE);
    ended("ROLLBACK");
    host.refuses = true;
    told();
    look();
    assertTrue(find().isPresent(), "the host was away");
    host.refuses = false;
    look();
    assertEquals(RunState.RUNNING, host.state);
    assertEquals(Optional.empty(), find());
  }

  @Test
  void aNewOneIsNotMixedWithOneThatIsOver() {
    impose(Kind.PAUSE);
    ended("ROLLBACK");
    impose(Kind.PAUSE);
    assertEquals(RunState.SUSPENDED, host.state);
    Quarantine again = find().orElseThrow();
    assertTrue(again.ran());
    look();
    assertEquals(Optional.of(again), find());
  }

  private void impose(Kind kind) {
    later();
    database.run(em -> QuarantineParts.quarantines(em, events, host, clock()).impose(vm, kind));
  }

  private Optional<Quarantine> find() {
    return database.transaction(
        em -> QuarantineParts.quarantines(em, events, host, clock()).find(vm));
  }

  private void told() {
    run(ends -> ends.rolledBack(new RolledBack(vm)));
  }

  private void look() {
    run(QuarantineEnds::look);
  }

  private void run(Consumer<QuarantineEnds> work) {
    database.run(em -> work.accept(QuarantineParts.ends(em, events, host, clock())));
  }

  private void ended(String outcome) {
    later();
    String body = "{\"outcome\": \"%s\", \"report\": \"%s\"}".formatted(outcome, REPORT);
    database.run(
        em ->
            LedgerParts.ledger(em, clock())
                .append(
                    LedgerEntryData.Type.ROLLBACK,
                    Optional.of(vm),
                    body.getBytes(StandardCharsets.UTF_8),
                    "entry"));
  }

  private void later() {
    now = now.plusSeconds(10);
  }

  private Clock clock() {
    return Clock.fixed(now, ZoneOffset.UTC);
  }
}
