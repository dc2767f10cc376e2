// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.approval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.report.Digest;
import io.vmattest.server.approval.Proposal.State;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.steps.StepParts;
import io.vmattest.server.testing.CollectedEvents;
import io.vmattest.server.testing.TestDatabase;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProposalsTest {
  private static final Person ANN = person("ann", 1);
  private static final Person BOB = person("bob", 2);
  private static final Digest REPORT = digest(10);
  private static final Digest CAUSE = digest(11);

  private final TestDatabase database = new TestDatabase();
  private final CollectedEvents events = new CollectedEvents();
  private final UUID vm = UUID.randomUUID();
  private Instant now = Instant.parse("2026-03-01T12:00:00Z");

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void whatAPersonProposesAnotherApproves() {
    Proposal proposal = proposed();
    assertRefused(Problem.NOT_ALLOWED, proposal, ANN);
    Proposal approved = approve(proposal, BOB);
    assertEquals(State.APPROVED, approved.state());
    assertEquals(approved, run(p -> p.get(proposal.id())), "as it is stored");
    assertSteps("PROPOSED ann", "APPROVED bob");
    assertRefused(Problem.PROPOSAL_CLOSED, proposal, BOB);
  }

  @Test
  void neitherASecondCertificateNorASecondNameMakesAnotherPerson() {
    Proposal proposal = proposed();
    assertRefused(Problem.NOT_ALLOWED, proposal, person("ann", 3));
    assertRefused(Problem.NOT_ALLOWED, proposal, person("eve", 1));
    assertTrue(run(p -> p.get(proposal.id())).isOpen());
  }

  @Test
  void whatAPolicyProposesIsConfirmedByOneAndApprovedByAnother() {
    Proposal proposal = byPolicy().orElseThrow();
    assertTrue(approve(proposal, ANN).isOpen());
    assertRefused(Problem.NOT_ALLOWED, proposal, ANN);
    assertEquals(State.APPROVED, approve(proposal, BOB).state());
    assertSteps("PROPOSED policy", "CONFIRMED ann", "APPROVED bob");
    assertEquals(
        List.of(
            "a rollback was approved by bob",
            "a rollback was confirmed by ann",
            "a rollback was proposed by the VM's policy"),
        StepParts.recorded(database, vm));
  }

  @Test
  void thereIsOneForAVmAtATime() {
    Proposal proposal = byPolicy().orElseThrow();
    assertEquals(Optional.empty(), byPolicy());
    assertEquals(
        Problem.PROPOSAL_OPEN, assertThrows(ServiceException.class, this::proposed).problem());
    run(p -> p.reject(proposal.id(), ANN));
    assertTrue(proposed().isOpen());
  }

  @Test
  void whatAPersonRejectedIsNotProposedAgainByThePolicyUntilThatIsSet() {
    Proposal proposal = byPolicy().orElseThrow();
    run(p -> p.reject(proposal.id(), ANN));
    assertEquals(Optional.empty(), byPolicy());
    assertTrue(run(p -> p.propose(vm, REPORT, CAUSE, now)).isPresent());
  }

  @Test
  void afterADayItIsClosedAndThePolicyProposesAgain() {
    Proposal proposal = byPolicy().orElseThrow();
    now = now.plus(Proposals.VALID).minusMillis(1);
    expire();
    assertTrue(run(p -> p.get(proposal.id())).isOpen());
    now = now.plusMillis(1);
    assertRefused(Problem.PROPOSAL_CLOSED, proposal, ANN);
    expire();
    expire();
    assertEquals(State.EXPIRED, run(p -> p.get(proposal.id())).state());
    assertSteps("PROPOSED policy", "EXPIRED policy");
    now = now.plus(Duration.ofMinutes(1));
    Proposal next = byPolicy().orElseThrow();
    assertEquals(
        List.of(next.id(), proposal.id()),
        run(Proposals::list).stream().map(Proposal::id).toList());
  }

  @Test
  void aWindowIsProposedBesideARollbackAndComesBackFromItsRow() {
    assertTrue(byPolicy().isPresent());
    Duration time = Duration.ofHours(2);
    Subject.MaintenanceWindow subject = new Subject.MaintenanceWindow(REPORT, time);
    Proposal window = run(p -> p.propose(vm, subject, "patches", ANN));
    assertEquals(window, run(p -> p.get(window.id())));
    assertEquals(subject, approve(window, BOB).subject());
  }

  @Test
  void aRowThatIsNeitherARollbackNorAWindowIsDamaged() {
    Proposal proposal = byPolicy().orElseThrow();
    database.tamper("UPDATE proposal SET window_seconds = 60");
    assertEquals(
        Problem.LEDGER_DAMAGED,
        assertThrows(ServiceException.class, () -> run(p -> p.get(proposal.id()))).problem());
  }

  @Test
  void whatIsNotThereCannotBeDecidedOn() {
    assertEquals(
        Problem.NO_SUCH_PROPOSAL,
        assertThrows(ServiceException.class, () -> run(p -> p.approve(UUID.randomUUID(), ANN)))
            .problem());
  }

  private void assertRefused(Problem problem, Proposal proposal, Person person) {
    assertEquals(
        problem, assertThrows(ServiceException.class, () -> approve(proposal, person)).problem());
  }

  private void assertSteps(String... steps) {
    assertEquals(
        List.of(steps),
        events.events.stream()
            .map(ServerEvent::attributes)
            .map(a -> a.get("step") + " " + a.getOrDefault("by", "policy"))
            .toList());
  }

  private Proposal proposed() {
    return run(p -> p.propose(vm, REPORT, ANN));
  }

  private Optional<Proposal> byPolicy() {
    return run(p -> p.propose(vm, REPORT, CAUSE, Instant.EPOCH));
  }

  private Proposal approve(Proposal proposal, Person person) {
    return run(p -> p.approve(proposal.id(), person));
  }

  private void expire() {
    run(
        p -> {
          p.expire();
          return vm;
        });
  }

  private <T> T run(Function<Proposals, T> work) {
    return database.transaction(
        em -> {
          return work.apply(ApprovalParts.proposals(em, events, Clock.fixed(now, ZoneOffset.UTC)));
        });
  }

  private static Person person(String name, int certificate) {
    return new Person(name, digest(certificate));
  }

  private static Digest digest(int value) {
    return Digest.sha256(new byte[] {(byte) value});
  }
}
