// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.hypervisor.api.VirtualMachine.RunState;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerParts;
import io.vmattest.server.ledger.LedgerSummary;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.testing.CollectedEvents;
import io.vmattest.server.testing.StandInHost;
import io.vmattest.server.testing.TestDatabase;
import jakarta.persistence.EntityManager;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With a real ledger, a host that can fall silent and a clock that the test sets. */
@Timeout(60)
class HostWatchTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  private final TestDatabase database = new TestDatabase();
  private final CollectedEvents events = new CollectedEvents();
  private final StandInHost host = new StandInHost();
  private final UUID vm = UUID.randomUUID();
  private HostWatch watch = new HostWatch();
  private Instant now = START;
  private boolean ledgerAway;

  @BeforeEach
  void begin() {
    host.has(vm, RunState.RUNNING);
    watch = started();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void aHostThatAnswersIsNoNews() {
    for (int seconds = 0; seconds < 1000; seconds += 10) {
      lookAt(seconds);
    }
    assertEquals(List.of(), summaries());
  }

  @Test
  void aSilenceIsOneEntryAndOneEventHoweverLongItLastsAndSoIsItsEnd() {
    lookAt(0);
    host.reachable = false;
    for (int seconds = 10; seconds <= 5000; seconds += 10) {
      lookAt(seconds);
    }
    host.reachable = true;
    for (int seconds = 5010; seconds <= 6000; seconds += 10) {
      lookAt(seconds);
    }
    assertEquals(
        List.of(
            "host h has not answered since 2026-03-01T12:00:00Z:"
                + " HOST_UNAVAILABLE: libvirtd does not answer",
            "host h answers again, after silence since 2026-03-01T12:00:00Z"),
        summaries());
    assertEquals(List.of(ServerEvent.Type.HOST_SILENT, ServerEvent.Type.HOST_BACK), events.types());
    assertEquals("2026-03-01T13:23:30Z", events.events.get(1).attributes().get("back"));
  }

  @Test
  void anotherSilenceIsNewsAgain() {
    lookAt(0);
    for (int round = 0; round < 2; round++) {
      host.reachable = false;
      lookAt(1000 * round + 200);
      host.reachable = true;
      lookAt(1000 * round + 300);
    }
    assertEquals(4, summaries().size());
  }

  @Test
  void aShortSilenceIsNone() {
    lookAt(0);
    host.reachable = false;
    lookAt(120);
    host.reachable = true;
    lookAt(121);
    assertEquals(List.of(), summaries());
  }

  /** As libvirtd does when it is stopped, not ended. */
  @Test
  void aQuestionThatNeverComesBackIsSilenceToo() {
    Queue<Runnable> hanging = new ArrayDeque<>();
    lookAt(0);
    watch.asking = hanging::add;
    for (int seconds = 10; seconds <= 300; seconds += 10) {
      lookAt(seconds);
    }
    assertEquals(1, summaries().size());
    assertEquals(1, hanging.size(), "one question is enough");
    hanging.remove().run();
    lookAt(310);
    assertEquals(2, summaries().size());
  }

  @Test
  void aServerThatIsStartedWhileTheHostIsSilentSaysNothingTwice() {
    lookAt(0);
    host.reachable = false;
    lookAt(200);
    watch = started();
    lookAt(210);
    lookAt(500);
    assertEquals(1, summaries().size());
    watch = started();
    host.reachable = true;
    lookAt(510);
    assertEquals(2, summaries().size());
    assertTrue(summaries().get(1).endsWith("after silence since 2026-03-01T12:00:00Z"));
  }

  @Test
  void aHostThatDoesNotAnswerFromTheStartOnIsSilentToo() {
    host.reachable = false;
    lookAt(0);
    lookAt(121);
    assertEquals(1, summaries().size());
  }

  @Test
  void whatCannotBeRecordedIsRecordedLater() {
    lookAt(0);
    host.reachable = false;
    ledgerAway = true;
    lookAt(200);
    lookAt(210);
    assertEquals(List.of(), summaries());
    ledgerAway = false;
    lookAt(220);
    lookAt(230);
    assertEquals(1, summaries().size());
  }

  @Test
  void aSilenceThatEndedBeforeItCouldBeRecordedIsRecordedAllTheSame() {
    lookAt(0);
    host.reachable = false;
    ledgerAway = true;
    lookAt(200);
    host.reachable = true;
    lookAt(300);
    lookAt(310);
    assertEquals(List.of(), summaries());
    ledgerAway = false;
    lookAt(320);
    lookAt(330);
    assertEquals(List.of(ServerEvent.Type.HOST_SILENT, ServerEvent.Type.HOST_BACK), events.types());
    assertEquals("2026-03-01T12:00:00Z", events.events.get(0).attributes().get("since"));
  }

  @Test
  void whatAnotherHostDoesIsNotThisOnes() {
    lookAt(0);
    host.reachable = false;
    lookAt(200);
    watch = started();
    watch.hostId = "other";
    lookAt(210);
    lookAt(400);
    assertEquals(2, summaries().size());
    assertTrue(summaries().get(1).startsWith("host other has not answered"));
  }

  @Test
  void beforeTheFirstAnswerIsDueNoVmCountsAndAfterItThoseThatRan() {
    host.reachable = false;
    lookAt(0);
    assertEquals(Set.of(), watch.active(Set.of(vm)));
    host.reachable = true;
    lookAt(10);
    host.reachable = false;
    lookAt(20);
    assertEquals(Set.of(vm), watch.active(Set.of(vm, UUID.randomUUID())));
  }

  private void lookAt(int seconds) {
    now = START.plusSeconds(seconds);
    watch.clock = Clock.fixed(now, ZoneOffset.UTC);
    watch.look();
  }

  private HostWatch started() {
    HostWatch fresh = new HostWatch();
    fresh.host = host;
    fresh.hostId = "h";
    fresh.limit = Duration.ofSeconds(120);
    fresh.asking = Runnable::run;
    fresh.clock = Clock.fixed(now, ZoneOffset.UTC);
    fresh.silences = new InTransactions();
    return fresh;
  }

  private List<String> summaries() {
    return database.transaction(em -> ledger(em).entries(-1, Ledger.LARGEST_PAGE)).stream()
        .filter(entry -> entry.data().type() == LedgerEntryData.Type.HOST)
        .map(LedgerSummary::summary)
        .toList();
  }

  private Ledger ledger(EntityManager em) {
    return LedgerParts.ledger(em, Clock.fixed(now, ZoneOffset.UTC));
  }

  /** As the container would have it. */
  private final class InTransactions extends HostSilences {
    @Override
    public void silent(String hostId, Instant since, String detail) {
      if (ledgerAway) {
        throw new ServiceException(Problem.HSM_UNAVAILABLE, "the test's");
      }
      database.run(em -> on(em).silent(hostId, since, detail));
    }

    @Override
    public void back(String hostId, Instant since, Instant at) {
      database.run(em -> on(em).back(hostId, since, at));
    }

    @Override
    public Optional<Instant> open(String hostId) {
      return database.transaction(em -> on(em).open(hostId));
    }

    private HostSilences on(EntityManager em) {
      HostSilences silences = new HostSilences();
      silences.ledger = HostWatchTest.this.ledger(em);
      silences.events = HostWatchTest.this.events;
      return silences;
    }
  }
}
