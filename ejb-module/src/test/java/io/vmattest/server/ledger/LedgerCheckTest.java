// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.ledger.LedgerFinding;
import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.report.SignedReport;
import io.vmattest.server.testing.CollectedEvents;
import io.vmattest.server.testing.StandInLogKeys;
import io.vmattest.server.testing.StandInResultSigners;
import io.vmattest.server.testing.StandInSeals;
import io.vmattest.server.testing.TestDatabase;
import jakarta.persistence.EntityManager;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Entries 0 and 1 are reports of one VM, 2 to 299 are not; 300 are signed. */
@Timeout(120)
class LedgerCheckTest {
  private static final UUID VM = new UUID(1, 2);
  private static final String CONFIG = "<domain/>";

  private final TestDatabase database = new TestDatabase();
  private final StandInLogKeys keys = new StandInLogKeys();
  private final StandInResultSigners results = new StandInResultSigners();
  private final EnrolledReports made = new EnrolledReports();
  private final LedgerTree tree = new LedgerTree();

  @BeforeEach
  void fill() throws Exception {
    SignedReport first = made.report(1, Optional.empty());
    append(first);
    append(made.report(2, Optional.of(first.digest())));
    database.run(em -> others(em, 150));
    sign();
    database.run(em -> others(em, 148));
    sign();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void nothingIsFoundInALedgerThatNobodyTouched() {
    assertEquals(List.of(), found());
  }

  @Test
  void nothingIsFoundWhereTheLedgerGrowsBehindItsLastCheckpoint() {
    database.run(em -> others(em, 3));
    assertEquals(List.of(), found());
  }

  /** What is done to the database, and what must at least be found, at which index. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UPDATE ledger_body SET body = X'00' WHERE entry_index = 1|BODY_CHANGED|1",
        "UPDATE ledger_entry SET occurred_at = occurred_at + 1 WHERE entry_index = 7"
            + "|ENTRY_CHANGED SEAL_WRONG|7",
        "UPDATE ledger_entry SET vm_id = '00000000-0000-0000-0000-000000000000'"
            + " WHERE entry_index = 1|ENTRY_CHANGED SEAL_WRONG REPORT_OF_ANOTHER_VM|1",
        "UPDATE ledger_entry SET summary = 'all is well' WHERE entry_index = 7|SEAL_WRONG|7",
        "UPDATE ledger_entry SET entry_type = 'NOTHING' WHERE entry_index = 7|ENTRY_UNREADABLE|7",
        "UPDATE ledger_entry SET seal = (SELECT seal FROM ledger_entry WHERE entry_index = 8)"
            + " WHERE entry_index = 7|SEAL_WRONG|7",
        "UPDATE ledger_entry SET seal_key = 'mine' WHERE entry_index = 7|SEAL_WRONG|7",
        "DELETE FROM ledger_body WHERE entry_index = 7|BODY_MISSING|7",
        "DELETE FROM ledger_body WHERE entry_index = 7;"
            + "DELETE FROM ledger_entry WHERE entry_index = 7|ENTRY_MISSING|7",
        "DELETE FROM ledger_body WHERE entry_index > 290;"
            + "DELETE FROM ledger_entry WHERE entry_index > 290|TAIL_MISSING|291",
        "DELETE FROM ledger_body WHERE entry_index > 290;"
            + "DELETE FROM ledger_entry WHERE entry_index > 290;"
            + "UPDATE ledger_head SET next_index = 291, entry_hash ="
            + " (SELECT entry_hash FROM ledger_entry WHERE entry_index = 290)|TAIL_MISSING|291",
        "INSERT INTO ledger_entry SELECT 300, entry_type, occurred_at, vm_id, body_digest,"
            + " previous_hash, body_digest, summary, seal_key, seal"
            + " FROM ledger_entry WHERE entry_index = 7|ENTRY_ADDED|300",
        "INSERT INTO ledger_entry SELECT -1, entry_type, occurred_at, vm_id, body_digest,"
            + " previous_hash, body_digest, summary, seal_key, seal"
            + " FROM ledger_entry WHERE entry_index = 7|ENTRY_ADDED|300",
        "SET REFERENTIAL_INTEGRITY FALSE; INSERT INTO ledger_body (entry_index, body)"
            + " SELECT 400, body FROM ledger_body WHERE entry_index = 7|ENTRY_ADDED|300",
        "SET REFERENTIAL_INTEGRITY FALSE; INSERT INTO report SELECT 'forged', vm_id, 9,"
            + " snapshot_kept, 400, config_digest FROM report WHERE ledger_index = 1"
            + "|REPORT_ROW_CHANGED|300",
        "UPDATE ledger_tile SET hashes = SUBSTRING(hashes FROM 33)|TILE_CHANGED|0",
        "DELETE FROM ledger_tile|TILE_MISSING|0",
        "UPDATE ledger_checkpoint SET note = REPLACE(note, '152', '151')|CHECKPOINT_CHANGED|152",
        "UPDATE ledger_checkpoint SET tree_size = 299 WHERE tree_size = 300|CHECKPOINT_CHANGED|299",
        "UPDATE ledger_checkpoint SET counter_value = 9, counter_id = 'c' WHERE tree_size = 300"
            + "|CHECKPOINT_CHANGED|300",
        "UPDATE report SET sequence_no = 7 WHERE ledger_index = 1|REPORT_ROW_CHANGED|1",
        "DELETE FROM report WHERE ledger_index = 1|REPORT_ROW_CHANGED|1",
        "INSERT INTO report SELECT 'forged', vm_id, 9, snapshot_kept, 5, config_digest FROM report"
            + " WHERE ledger_index = 1|REPORT_ROW_CHANGED|0",
        "UPDATE report_config SET config = '<domain type=''evil''/>'|CONFIG_CHANGED|0"
      })
  void whatWasDoneBehindItsBackIsFoundAndNamed(String sql, String kinds, long index) {
    for (String statement : sql.split(";")) {
      database.tamper(statement);
    }
    List<LedgerFinding> found = found();
    Set<Kind> wanted = EnumSet.noneOf(Kind.class);
    for (String kind : kinds.split(" ")) {
      wanted.add(Kind.valueOf(kind));
    }
    Set<Kind> there =
        found.stream()
            .filter(finding -> finding.index() == index)
            .map(LedgerFinding::kind)
            .collect(Collectors.toSet());
    assertTrue(there.containsAll(wanted), found::toString);
  }

  @Test
  void twoRowsThatWereSwappedAreNamedAsSuch() {
    for (String statement :
        List.of(
            "ALTER TABLE ledger_body DROP CONSTRAINT ledger_body_of_entry",
            "UPDATE ledger_entry SET entry_index = 1000 WHERE entry_index = 7",
            "UPDATE ledger_entry SET entry_index = 7 WHERE entry_index = 9",
            "UPDATE ledger_entry SET entry_index = 9 WHERE entry_index = 1000")) {
      database.tamper(statement);
    }
    assertTrue(
        found().stream().anyMatch(f -> f.kind() == Kind.ENTRIES_SWAPPED && f.index() == 7),
        () -> found().toString());
  }

  /** The forger writes chain and hashes anew; he has neither the HSM's keys nor the TPM's. */
  @Test
  void aReportThatIsReplayedUnderAnotherVmIsFoundThoughItsHashesArePutRight() {
    database.run(
        em -> {
          byte[] body = ledger(em).entry(0).body();
          ledger(em)
              .append(LedgerEntryData.Type.REPORT, Optional.of(new UUID(1, 2)), body, "a replay");
        });
    Set<Kind> kinds =
        found().stream()
            .filter(finding -> finding.index() == 300)
            .map(LedgerFinding::kind)
            .collect(Collectors.toSet());
    assertEquals(
        EnumSet.of(Kind.REPORT_OF_ANOTHER_VM, Kind.REPORT_DOES_NOT_FOLLOW, Kind.REPORT_ROW_CHANGED),
        kinds);
  }

  @Test
  void verdictsOfEarlierBuildsAndSignedOnesBehindThemAreNoFinding() {
    verdict(VM, "{}".getBytes(UTF_8));
    verdict(VM, results.overdue(VM).encoded());
    verdict(VM, results.overdue(VM).encoded());
    assertEquals(List.of(), found());
  }

  /** The forger of these has the database, the HSM's sealing key, and not the one for results. */
  @Test
  void verdictsThatTheVerifierDidNotSignAreFoundEach() {
    verdict(VM, results.overdue(VM).encoded());
    verdict(VM, new StandInResultSigners().overdue(VM).encoded());
    verdict(VM, "{}".getBytes(UTF_8));
    verdict(new UUID(3, 4), results.overdue(VM).encoded());
    verdict(VM, new byte[] {(byte) 0xd2});
    assertEquals(
        List.of(301L, 302L, 303L, 304L), found().stream().map(LedgerFinding::index).toList());
    assertEquals(
        Set.of(Kind.RESULT_REJECTED),
        found().stream().map(LedgerFinding::kind).collect(Collectors.toSet()));
  }

  private void verdict(UUID vm, byte[] body) {
    database.run(
        em -> ledger(em).append(LedgerEntryData.Type.VERDICT, Optional.of(vm), body, "a verdict"));
  }

  private List<LedgerFinding> found() {
    return database.transaction(
        em -> {
          Ledger ledger = ledger(em);
          AuditReader reader = LedgerParts.reader(ledger.bodies);
          LedgerCheck check =
              new LedgerCheck(
                  reader,
                  ledger.bodies.folder,
                  new StandInSeals(),
                  keys.verifiers(ledger.origin()),
                  results.keys(),
                  ledger.origin());
          return List.copyOf(
              check.run(reader.extent(), new StoredTiles(em), (step, fraction) -> {}));
        });
  }

  private void others(EntityManager em, int count) {
    ledger(em)
        .appendAll(
            IntStream.range(0, count)
                .mapToObj(
                    i ->
                        new LedgerAddition(
                            LedgerEntryData.Type.POLICY, Optional.empty(), new byte[] {1}, "p"))
                .toList());
  }

  private void sign() {
    database.run(
        em ->
            LedgerParts.checkpoints(ledger(em), keys, new CollectedEvents())
                .sign(Optional.empty()));
  }

  private void append(SignedReport report) {
    database.run(
        em -> {
          ReportIngest ingest =
              LedgerParts.ingest(
                  ledger(em), made.checks(), new CollectedEvents(), new ObserverInTransaction());
          try {
            ingest.append(new IncomingReport(report.encoded(), CONFIG, Optional.empty(), true));
          } catch (ReportRejectedException | ReportTooEarlyException e) {
            throw new AssertionError(e);
          }
        });
  }

  private Ledger ledger(EntityManager em) {
    Ledger ledger = LedgerParts.ledger(em, EnrolledReports.CLOCK);
    ledger.tree = tree;
    return ledger;
  }
}
