// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.reaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.appraisal.Severity;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.server.events.ServerEvent.Type;
import io.vmattest.server.ledger.LedgerParts;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.operations.Operation;
import io.vmattest.server.policy.ReactionTerms;
import io.vmattest.server.rollback.RollbackHistory;
import io.vmattest.server.rollback.RollbackHistory.Limit;
import io.vmattest.server.rollback.RollbackHistory.Refusal;
import io.vmattest.server.rollback.RollbackService;
import io.vmattest.server.rollback.RollbackStart;
import io.vmattest.server.steps.StepParts;
import io.vmattest.server.testing.CollectedEvents;
import io.vmattest.server.testing.TestDatabase;
import jakarta.json.JsonValue;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AutomaticRollbacksTest {
  private static final StoredReport BASELINE =
      new StoredReport(new ReportMaker().sign(new StandInTpm()), "<domain/>", true, 0);

  private final TestDatabase database = new TestDatabase();
  private final CollectedEvents events = new CollectedEvents();
  private final List<RollbackStart> started = new ArrayList<>();
  private Optional<Refusal> against = Optional.empty();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void whatNothingSpeaksAgainstIsStartedWithItsCause() {
    Discrepant found = found("kernel/text");
    start(found);
    assertEquals(List.of(RollbackStart.byPolicy(found.cause())), started);
    assertEquals(List.of(), events.types());
  }

  @Test
  void aRefusalIsRecordedOnceHoweverOftenItIsGiven() {
    refused(Limit.MOST_ROLLBACKS);
    start(found("kernel/text"));
    start(found("cpu/control"));
    assertEquals(List.of(), started);
    assertEquals(List.of(Type.REACTION_REFUSED), events.types());
    assertEquals("MOST_ROLLBACKS", events.events.get(0).attributes().get("limit"));
    assertEquals(List.of("not rolled back: so it is"), recorded());
  }

  @Test
  void anotherLimitIsRecordedAsWellAndTheSameAgainOnceSomethingHappened() {
    refused(Limit.COOL_DOWN);
    start(found("kernel/text"));
    refused(Limit.SAME_DISCREPANCY);
    start(found("kernel/text"));
    start(found("kernel/text"));
    assertEquals(2, recorded().size());
    database.run(
        em ->
            LedgerParts.ledger(em, Clock.systemUTC())
                .append(
                    LedgerEntryData.Type.POLICY,
                    Optional.of(BASELINE.report().vmId()),
                    new byte[] {1},
                    "policy"));
    start(found("kernel/text"));
    assertEquals(3, recorded().size());
  }

  @Test
  void thatOneIsRunningIsNoRefusal() {
    refused(Limit.RUNNING);
    start(found("kernel/text"));
    assertEquals(List.of(), recorded());
    assertEquals(List.of(), started);
  }

  @Test
  void aDiscrepancyIsKnownByWhatDiffersInWhateverOrder() {
    Discrepancy first = discrepancy("config", "vcpu");
    Discrepancy second = discrepancy("cpu/control", "cr4");
    Digest both = Discrepant.fingerprint(List.of(first, second));
    assertEquals(both, Discrepant.fingerprint(List.of(second, first, second)));
    assertNotEquals(both, Discrepant.fingerprint(List.of(first)));
    assertNotEquals(
        Discrepant.fingerprint(List.of(discrepancy("a", "bc"))),
        Discrepant.fingerprint(List.of(discrepancy("ab", "c"))));
  }

  private void refused(Limit limit) {
    against = Optional.of(new Refusal(limit, "so it is"));
  }

  private static Discrepancy discrepancy(String component, String subject) {
    return new Discrepancy(
        component,
        Severity.CRITICAL,
        subject,
        Optional.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        Optional.empty(),
        "1",
        "2",
        "it differs");
  }

  private static Discrepant found(String component) {
    return Discrepant.of(BASELINE, List.of(discrepancy(component, "it")));
  }

  private List<String> recorded() {
    return StepParts.recorded(database, BASELINE.report().vmId());
  }

  private void start(Discrepant found) {
    database.run(
        em -> {
          AutomaticRollbacks rollbacks = new AutomaticRollbacks();
          rollbacks.reactions = StepParts.recorder(em, events, Clock.systemUTC());
          rollbacks.history =
              new RollbackHistory() {
                @Override
                public Optional<Refusal> against(
                    UUID vm, Digest target, Digest cause, ReactionTerms terms) {
                  return against;
                }
              };
          rollbacks.rollbacks =
              new RollbackService() {
                @Override
                public Operation start(UUID vm, Optional<Digest> report, RollbackStart start) {
                  started.add(start);
                  return operation(vm);
                }
              };
          rollbacks.start(found, ReactionTerms.DEFAULT);
        });
  }

  private static Operation operation(UUID vm) {
    return new Operation(
        UUID.randomUUID(),
        RollbackService.KIND,
        Optional.of(vm),
        Operation.State.RUNNING,
        "",
        0,
        Instant.EPOCH,
        JsonValue.EMPTY_JSON_OBJECT,
        Optional.empty());
  }
}
