// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.ledger.LedgerEntryData.Type;
import io.vmattest.core.report.Digest;
import io.vmattest.hypervisor.api.OpenRollback;
import io.vmattest.hypervisor.api.VirtualMachine;
import io.vmattest.server.approval.ApprovalParts;
import io.vmattest.server.approval.Person;
import io.vmattest.server.approval.Proposal.State;
import io.vmattest.server.approval.Proposals;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerParts;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.operations.Operations;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.result.Results;
import io.vmattest.server.rollback.RollbackParts;
import io.vmattest.server.rollback.RollbackService;
import io.vmattest.server.rollback.RollbackStart;
import io.vmattest.server.testing.CollectedEvents;
import io.vmattest.server.testing.TestDatabase;
import jakarta.json.JsonValue;
import jakarta.persistence.EntityManager;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ApprovedRollbacksTest {
  private static final Instant APPROVED = Instant.parse("2026-03-01T12:00:00Z");
  private static final Digest REPORT = Digest.sha256(new byte[] {1});
  private static final Digest CAUSE = Digest.sha256(new byte[] {2});

  private final TestDatabase database = new TestDatabase();
  private final CollectedEvents events = new CollectedEvents();
  private final List<RollbackStart> started = new ArrayList<>();
  private final UUID vm = UUID.randomUUID();
  private final LittleHost host = new Host();
  private Instant now = APPROVED;
  private Verdict verdict = Verdict.DISCREPANT;
  private boolean isElsewhere;
  private Optional<Problem> refusal = Optional.empty();
  private UUID proposal = UUID.randomUUID();
  private ApprovedRollbacks server = new ApprovedRollbacks();

  @AfterEach
  void close() {
    database.close();
  }

  @BeforeEach
  void approve() {
    proposal = proposals(p -> p.propose(vm, REPORT, CAUSE, Instant.EPOCH)).orElseThrow().id();
    proposals(p -> p.approve(proposal, person("ann", 1)));
    proposals(p -> p.approve(proposal, person("bob", 2)));
    restart(Duration.ofMinutes(2));
  }

  @Test
  void whatWasNotBegunIsTakenUpByTheNextServerAndSaysSo() {
    look();
    assertEquals(List.of("ann and bob"), started.stream().map(RollbackStart::by).toList());
    assertEquals(List.of("PROPOSED", "CONFIRMED", "APPROVED", "RESUMED"), steps());
    assertEquals(State.APPROVED, state());
  }

  @Test
  void whatThisServerSawApprovedIsLeftToItsOwnStart() {
    now = APPROVED.minusSeconds(1);
    server.clock = Clock.fixed(now, ZoneOffset.UTC);
    server.begin();
    now = APPROVED.plusSeconds(10);
    look();
    assertEquals(List.of(), started);
  }

  @Test
  void whatAServerEndedInIsBegunAgainButNotForEver() {
    began();
    look();
    assertEquals(1, started.size());
    began();
    began();
    look();
    assertEquals(1, started.size());
    assertEquals(State.FAILED, state());
    assertEquals("the server ended in it 3 times", detail());
  }

  @Test
  void whatRecoveryDecidesIsWaitedFor() {
    began();
    host.open = List.of(inDoubt());
    now = APPROVED.plus(Duration.ofHours(2));
    look();
    assertEquals(State.APPROVED, state());
    ended("ROLLBACK");
    host.open = List.of();
    look();
    assertEquals(State.DONE, state());
    assertEquals(List.of(), started);
    assertEquals(3, steps().size(), "the rollback's entry says it");
  }

  @Test
  void anHourAfterItsApprovalItRunsNoMoreForAllToSee() {
    now = APPROVED.plus(ApprovedChecks.HOLDS);
    look();
    look();
    assertExpired("it did not run within an hour of its approval");
  }

  @Test
  void whatIsNoMoreDiscrepantIsNotRolledBack() {
    verdict = Verdict.VERIFIED;
    look();
    assertExpired("the VM is not discrepant any more");
  }

  @Test
  void whatAnAdminSetSinceEndsAnApproval() {
    append(Type.BASELINE, "{}");
    look();
    assertExpired("the VM's policy or baseline was set since");
  }

  @Test
  void aFailureIsTheRollbacksOwnEntry() {
    began();
    ended("ROLLBACK_FAILED");
    look();
    assertEquals(State.FAILED, state());
    assertEquals(3, steps().size());
  }

  @Test
  void whatWasRolledBackOtherwiseIsClosed() {
    append(Type.ROLLBACK, "{\"outcome\": \"ROLLBACK_STARTED\"}");
    look();
    assertEquals(State.FAILED, state());
    assertEquals("the VM was rolled back otherwise, or by hand", detail());
  }

  @Test
  void whatCannotStartHasFailedAndSaysWhy() {
    refusal = Optional.of(Problem.NO_SUCH_SNAPSHOT);
    look();
    assertEquals(State.FAILED, state());
    assertEquals("FAILED", steps().get(4));
    assertEquals("NO_SUCH_SNAPSHOT", events.events.get(4).attributes().get("reason"));
  }

  @Test
  void anotherHostsVmIsLeftToItUntilTheProposalIsOver() {
    isElsewhere = true;
    now = APPROVED.plus(ApprovedChecks.HOLDS);
    look();
    assertEquals(State.APPROVED, state());
    now = APPROVED.plus(Duration.ofHours(24));
    look();
    assertExpired("it did not run, and the VM is not on this host");
  }

  private void assertExpired(String why) {
    assertEquals(List.of(), started);
    assertEquals(State.EXPIRED, state());
    assertEquals(List.of("PROPOSED", "CONFIRMED", "APPROVED", "EXPIRED"), steps());
    assertEquals(why, detail());
  }

  private List<String> steps() {
    return events.events.stream().map(e -> e.attributes().getOrDefault("step", "")).toList();
  }

  private String detail() {
    List<ServerEvent> all = events.events;
    return all.get(all.size() - 1).attributes().getOrDefault("detail", "");
  }

  private State state() {
    return proposals(p -> p.get(proposal)).state();
  }

  private void began() {
    append(
        Type.ROLLBACK,
        "{\"outcome\": \"ROLLBACK_STARTED\", \"proposal\": \"%s\"}".formatted(proposal));
  }

  private void ended(String outcome) {
    append(Type.ROLLBACK, "{\"outcome\": \"%s\"}".formatted(outcome));
  }

  private void append(Type type, String body) {
    database.run(
        em ->
            ledger(em)
                .append(type, Optional.of(vm), body.getBytes(StandardCharsets.UTF_8), "entry"));
  }

  private void restart(Duration after) {
    now = APPROVED.plus(after);
    server = new ApprovedRollbacks();
    server.clock = Clock.fixed(now, ZoneOffset.UTC);
    server.begin();
  }

  private void look() {
    database.run(
        em -> {
          server.approvals = ApprovalParts.approvals(em, events, clock());
          server.courses = RollbackParts.courses(ledger(em));
          server.checks = checks(em);
          server.operations = new Operations();
          server.rollbacks = new Starts();
          server.look();
        });
  }

  private ApprovedChecks checks(EntityManager em) {
    ApprovedChecks checks = new ApprovedChecks();
    checks.clock = clock();
    checks.host = host;
    checks.ledger = ledger(em);
    checks.results =
        new Results() {
          @Override
          public Optional<Verdict> lastConclusion(UUID of) {
            return Optional.of(verdict);
          }
        };
    return checks;
  }

  private <T> T proposals(Function<Proposals, T> work) {
    return database.transaction(em -> work.apply(ApprovalParts.proposals(em, events, clock())));
  }

  private Ledger ledger(EntityManager em) {
    return LedgerParts.ledger(em, clock());
  }

  private Clock clock() {
    return Clock.fixed(now, ZoneOffset.UTC);
  }

  private static Person person(String name, int certificate) {
    return new Person(name, Digest.sha256(new byte[] {(byte) certificate}));
  }

  private OpenRollback inDoubt() {
    return new OpenRollback(
        "1",
        vm,
        OpenRollback.Phase.PREPARED,
        APPROVED,
        REPORT,
        Optional.empty(),
        true,
        true,
        false);
  }

  private final class Host extends LittleHost {
    @Override
    public VirtualMachine virtualMachine(UUID id) {
      if (isElsewhere) {
        throw new ServiceException(Problem.NO_SUCH_VM, "it is not here");
      }
      return super.virtualMachine(id);
    }
  }

  private final class Starts extends RollbackService {
    @Override
    public Operation start(UUID id, Optional<Digest> report, RollbackStart start) {
      refusal.ifPresent(
          problem -> {
            throw new ServiceException(problem, "the test's");
          });
      started.add(start);
      return new Operation(
          UUID.randomUUID(),
          RollbackService.KIND,
          Optional.of(id),
          Operation.State.RUNNING,
          "",
          0,
          now,
          JsonValue.EMPTY_JSON_OBJECT,
          Optional.empty());
    }
  }
}
