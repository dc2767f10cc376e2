// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.rollback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.server.events.ServerEvent.Type;
import io.vmattest.server.ledger.LedgerParts;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.rollback.ApprovedCourses.Course;
import io.vmattest.server.rollback.RollbackStart.Approved;
import io.vmattest.server.testing.CollectedEvents;
import io.vmattest.server.testing.TestDatabase;
import jakarta.persistence.EntityManager;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ApprovedStartTest {
  private static final StoredReport TARGET =
      new StoredReport(new ReportMaker().sign(new StandInTpm()), "<domain/>", true, 0);
  private static final UUID VM = ReportMaker.VM;
  private static final UUID PROPOSAL = UUID.randomUUID();
  private static final UUID OTHER = UUID.randomUUID();

  private final TestDatabase database = new TestDatabase();
  private final CollectedEvents events = new CollectedEvents();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void whatWasApprovedStartsOnceHoweverManyTry() {
    start(PROPOSAL, -1);
    assertEquals(
        Problem.CAPTURE_IN_PROGRESS,
        assertThrows(ServiceException.class, () -> start(PROPOSAL, -1)).problem());
    assertEquals(List.of(Type.ROLLBACK_STARTED), events.types());
    assertEquals(PROPOSAL.toString(), events.events.get(0).attributes().get("proposal"));
  }

  @Test
  void itHasNoEndUntilTheLedgerSaysSo() {
    assertEquals(new Course.Pending(0, -1), course());
    start(PROPOSAL, -1);
    assertEquals(new Course.Pending(1, 0), course());
    start(PROPOSAL, 0);
    assertEquals(new Course.Pending(2, 1), course());
    database.run(em -> recorder(em).failed(TARGET, "BUSY", "not now", Map.of()));
    assertEquals(new Course.Ended(false), course());
  }

  @Test
  void oneThatIsRolledBackOtherwiseIsSuperseded() {
    start(OTHER, -1);
    assertEquals(new Course.Superseded(), course());
    start(PROPOSAL, 0);
    start(OTHER, 1);
    assertEquals(new Course.Superseded(), course());
  }

  private Course course() {
    return database.transaction(
        em ->
            RollbackParts.courses(LedgerParts.ledger(em, Clock.systemUTC())).of(VM, PROPOSAL, -1));
  }

  private void start(UUID proposal, long after) {
    RollbackStart start = RollbackStart.byPeople("ann and bob", new Approved(proposal, after));
    database.run(em -> recorder(em).started(TARGET, start));
  }

  private RollbackRecorder recorder(EntityManager em) {
    return RollbackParts.recorder(LedgerParts.ledger(em, Clock.systemUTC()), events);
  }
}
