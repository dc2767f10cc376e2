// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.verification;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.result.Checked;
import io.vmattest.core.result.SignedResult;
import io.vmattest.core.result.TrustTier;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerParts;
import io.vmattest.server.ledger.VmState;
import io.vmattest.server.result.ResultParts;
import io.vmattest.server.testing.CollectedEvents;
import io.vmattest.server.testing.StandInResultSigners;
import io.vmattest.server.testing.TestDatabase;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class VerdictsTest {
  private final TestDatabase database = new TestDatabase();
  private final CollectedEvents events = new CollectedEvents();
  private final StandInResultSigners signers = new StandInResultSigners();
  private final UUID vm = UUID.randomUUID();

  @BeforeEach
  void knowTheVm() {
    database.tamper(
        "INSERT INTO vm_state (vm_id, vm_name, last_sequence, last_digest, last_issued_at, verdict)"
            + " VALUES ('%s', 'vm', 1, '%s', 0, 'VERIFIED')".formatted(vm, "00".repeat(32)));
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void withoutTpmOneEntrySaysUnverifiableAndOneOverdueHoweverLongItLasts() {
    for (int i = 0; i < 5; i++) {
      recordChange(Verdict.UNVERIFIABLE);
    }
    for (int i = 0; i < 5; i++) {
      recordChange(Verdict.OVERDUE);
      recordChange(Verdict.UNVERIFIABLE);
    }
    assertEquals(Optional.of(Verdict.OVERDUE), verdict());
    assertEquals(2, entries());
    assertEquals(2, events.events.size());
  }

  @Test
  void aVerdictOnAReportIsRecordedThoughItIsTheSame() {
    record(Verdict.VERIFIED);
    record(Verdict.VERIFIED);
    assertEquals(2, entries());
  }

  @Test
  void afterAVerdictOnAReportTheSameOutageIsNews() {
    recordChange(Verdict.UNVERIFIABLE);
    record(Verdict.VERIFIED);
    recordChange(Verdict.UNVERIFIABLE);
    assertEquals(3, entries());
    assertEquals(Optional.of(Verdict.UNVERIFIABLE), verdict());
  }

  @Test
  void aVmThatNeverGaveAReportIsSaidToBeOverdueOnce() {
    database.tamper("DELETE FROM vm_state");
    for (int i = 0; i < 3; i++) {
      recordChange(Verdict.OVERDUE);
    }
    assertEquals(1, entries());
  }

  @Test
  void aVerdictIsInTheLedgerAsSignedResult() throws Exception {
    recordChange(Verdict.OVERDUE);
    SignedResult result =
        SignedResult.parse(
            database.transaction(em -> LedgerParts.ledger(em, Clock.systemUTC()).entry(0).body()));
    result.verify(signers.keys(), vm);
    assertEquals(TrustTier.WARNING, result.result().status());
    assertEquals("why", result.result().vm().reason());
    assertEquals(Verdict.OVERDUE, result.result().vm().verdict());
    assertEquals(
        events.events.get(0).attributes().get("verification"),
        result.result().vm().id().toString());
  }

  private void recordChange(Verdict verdict) {
    database.run(em -> verdicts(em).recordChange(verification(verdict), "why"));
  }

  private void record(Verdict verdict) {
    database.run(em -> verdicts(em).record(verification(verdict), "why"));
  }

  private Optional<Verdict> verdict() {
    return database.transaction(em -> LedgerParts.states(em).find(vm)).flatMap(VmState::verdict);
  }

  private int entries() {
    return database
        .transaction(
            em -> LedgerParts.ledger(em, Clock.systemUTC()).entries(-1, Ledger.LARGEST_PAGE))
        .size();
  }

  private Verification verification(Verdict verdict) {
    return new Verification(
        UUID.randomUUID(),
        vm,
        verdict,
        Optional.empty(),
        Optional.empty(),
        Instant.EPOCH,
        List.of(),
        0,
        Checked.NOTHING,
        Optional.empty());
  }

  private Verdicts verdicts(jakarta.persistence.EntityManager em) {
    Verdicts verdicts = new Verdicts();
    verdicts.ledger = LedgerParts.ledger(em, Clock.systemUTC());
    verdicts.states = LedgerParts.states(em);
    verdicts.events = events;
    verdicts.results = signers.issuer();
    verdicts.recorded = ResultParts.results(verdicts.ledger, signers);
    return verdicts;
  }
}
