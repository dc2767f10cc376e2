// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.report.Digest;
import io.vmattest.server.approval.ApprovalParts;
import io.vmattest.server.approval.Person;
import io.vmattest.server.approval.Proposal;
import io.vmattest.server.approval.Proposal.State;
import io.vmattest.server.approval.Proposals;
import io.vmattest.server.approval.Subject;
import io.vmattest.server.maintenance.MaintenanceParts;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.reaction.FourEyes.Answer;
import io.vmattest.server.steps.StepParts;
import io.vmattest.server.testing.CollectedEvents;
import io.vmattest.server.testing.TestDatabase;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ApprovedWindowsTest {
  private static final Person ANN = new Person("ann", digest(1));
  private static final Person BOB = new Person("bob", digest(2));
  private static final Duration TIME = Duration.ofHours(2);

  private final TestDatabase database = new TestDatabase();
  private final CollectedEvents events = new CollectedEvents();
  private final Clock clock = Clock.systemUTC();
  private final UUID vm = UUID.randomUUID();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void oneThatIsApprovedHasBegunAndIsDone() {
    Proposal proposal = proposed();
    Answer.Begun begun = assertInstanceOf(Answer.Begun.class, approve(proposal));
    assertEquals("ann and bob", begun.window().by());
    assertEquals(State.DONE, state(proposal));
  }

  @Test
  void oneThatCannotBeginIsNotApproved() {
    Proposal proposal = proposed();
    database.run(
        em -> MaintenanceParts.windows(em, events, clock).begin(vm, "patches", TIME, "eve"));
    int recorded = StepParts.recorded(database, vm).size();
    assertEquals(
        Problem.IN_MAINTENANCE,
        assertThrows(ServiceException.class, () -> approve(proposal)).problem());
    assertEquals(State.OPEN, state(proposal));
    assertEquals(recorded, StepParts.recorded(database, vm).size());
  }

  private Proposal proposed() {
    return proposals(
        p -> p.propose(vm, new Subject.MaintenanceWindow(digest(3), TIME), "patches", ANN));
  }

  private State state(Proposal proposal) {
    return proposals(p -> p.get(proposal.id())).state();
  }

  /** In one transaction, as the container has it. */
  private Answer approve(Proposal proposal) {
    return database.transaction(
        em -> {
          ApprovedWindows windows = new ApprovedWindows();
          windows.proposals = ApprovalParts.proposals(em, events, clock);
          windows.approvals = ApprovalParts.approvals(em, events, clock);
          windows.windows = MaintenanceParts.windows(em, events, clock);
          return windows.approve(proposal.id(), TIME, BOB);
        });
  }

  private <T> T proposals(Function<Proposals, T> work) {
    return database.transaction(em -> work.apply(ApprovalParts.proposals(em, events, clock)));
  }

  private static Digest digest(int value) {
    return Digest.sha256(new byte[] {(byte) value});
  }
}
