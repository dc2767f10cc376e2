// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.ledger.LedgerFinding;
import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.tlog.TlogProof;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Entries 0, 2 and 3 are reports, 1 is not. */
@Timeout(60)
class BodyRetentionTest {
  private static final int DAYS = 30;

  @TempDir Path dir;
  private ReportLedger ledger;
  private ArchiveParts parts;

  @BeforeEach
  void fill() {
    ledger = new ReportLedger(dir);
    parts = after(DAYS + 2);
    ledger.append();
    ledger.appendOther();
    ledger.append(2);
  }

  @AfterEach
  void close() {
    ledger.close();
  }

  private ArchiveParts after(int days) {
    return new ArchiveParts(ledger, Duration.ofDays(days), Optional.of(Duration.ofDays(DAYS)));
  }

  private Path file() {
    return dir.resolve("bodies-0-3.zip");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void movedBodiesAreReadAsBeforeAndNothingIsFound(boolean encrypts) throws Exception {
    ledger.encrypts = encrypts;
    ledger.append();
    ledger.encrypts = false;
    parts.moveAll();
    assertEquals(1, rows("ledger_body") - 1, "of entry 1, and of the one that says so");
    assertEquals(0, rows("report_guest"));
    ledger.restart();
    assertAllAreServed(4);
    assertEquals(List.of(), ledger.found());
  }

  private void assertAllAreServed(int reports) {
    assertEquals(reports, ledger.appended().size());
    for (int i = 0; i < reports; i++) {
      SignedReport report = ledger.appended().get(i);
      String look = "look " + (i + 1);
      ledger.read(
          em -> {
            StoredReport stored = ledger.reports(em).getVerified(report.digest());
            assertArrayEquals(report.encoded(), stored.signed().encoded());
            assertEquals(look, ReportLedger.look(ledger.guests(em).find(stored).orElseThrow()));
            return em;
          });
    }
    List<LedgerRecord> entries = ledger.read(em -> ledger.ledger(em).wholeEntries(-1, 100));
    assertEquals(ledger.read(em -> ledger.ledger(em).head()).nextIndex(), entries.size());
    assertTrue(entries.stream().allMatch(LedgerRecord::isIntact));
  }

  @Test
  void proofsAndCheckpointsFromBeforeStillHold() throws Exception {
    ledger.sign();
    TlogProof before = ledger.read(em -> ledger.proofs(em).inclusion(2));
    parts.moveAll();
    ledger.sign();
    byte[] entry = ledger.read(em -> ledger.ledger(em).entry(2)).data().encoded();
    String origin = ledger.read(em -> ledger.ledger(em).origin());
    before.verify(entry, origin, ledger.logKeys.verifiers(origin));
    ledger
        .read(em -> ledger.proofs(em).inclusion(2))
        .verify(entry, origin, ledger.logKeys.verifiers(origin));
  }

  @Test
  void theEntryNamesRangeFileAndDigestAndGoesToTheTopic() throws Exception {
    parts.moveAll();
    LedgerRecord entry = ledger.read(em -> ledger.ledger(em).entry(4));
    assertEquals(LedgerEntryData.Type.LEDGER, entry.data().type());
    ArchiveRecord said = ArchiveRecord.parse(entry.body()).orElseThrow();
    assertEquals("bodies-0-3.zip", said.name().file());
    assertEquals(3, said.bodies());
    assertEquals(Digest.sha256(Files.readAllBytes(file())), said.sha256());
    assertTrue(entry.summary().contains("bodies-0-3.zip"), entry.summary());
    assertEquals(1, parts.events.events.size());
  }

  @Test
  void youngBodiesStayAndPartOfAFileWaitsADayForMore() throws Exception {
    for (int days : new int[] {0, DAYS - 1, DAYS}) {
      after(days).moveAll();
      assertEquals(4, rows("ledger_body"), days + " days later");
    }
    parts.moveAll();
    parts.moveAll();
    assertEquals(1, rows("ledger_archive"));
  }

  @Test
  void nothingIsMovedWhereNoTimeIsSet() {
    ArchiveParts unset = new ArchiveParts(ledger, Duration.ofDays(10_000), Optional.empty());
    unset.retention.start();
    assertEquals(4, rows("ledger_body"));
  }

  @Test
  void theNextFileBeginsWhereTheLastEnded() throws Exception {
    parts.moveAll();
    ledger.append(2);
    parts.moveAll();
    assertTrue(
        Files.exists(dir.resolve("bodies-5-6.zip")), () -> Arrays.toString(dir.toFile().list()));
    assertAllAreServed(5);
    assertEquals(List.of(), ledger.found());
  }

  @Test
  void whereAnotherServerMovesBodiesThisOneLeavesThemAlone() throws Exception {
    try (var held = ledger.folder.lock().orElseThrow()) {
      parts.moveAll();
    }
    assertEquals(4, rows("ledger_body"));
  }

  @Test
  void aServerThatDiesBetweenFileAndCommitLosesNothingAndTheNextRunGoesOn() throws Exception {
    parts.dies = true;
    assertThrows(IllegalStateException.class, () -> parts.moveAll());
    assertTrue(Files.exists(file()));
    assertEquals(4, rows("ledger_body"));
    assertEquals(3, rows("report_guest"));
    assertAllAreServed(3);
    assertEquals(List.of(), ledger.found());
    ledger.append();
    parts.dies = false;
    parts.moveAll();
    assertTrue(Files.exists(file()), "the file that was left over is the one that is used");
    assertAllAreServed(4);
    assertEquals(List.of(), ledger.found());
  }

  @Test
  void aFileThatWasLeftHalfWrittenIsWrittenAnew() throws Exception {
    Files.write(file(), new byte[100]);
    Files.write(dir.resolve(".bodies-0-3.zip.new"), new byte[100]);
    parts.moveAll();
    assertAllAreServed(3);
    assertEquals(List.of(), ledger.found());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE ledger_body SET body = X'00' WHERE entry_index = 2",
        "UPDATE report_guest SET document = (SELECT document FROM report_guest LIMIT 1)"
      })
  void whatIsDamagedInTheDatabaseIsNotMoved(String sql) {
    ledger.database.tamper(sql);
    assertProblem(Problem.LEDGER_DAMAGED, () -> parts.moveAll());
    assertEquals(4, rows("ledger_body"));
    assertEquals(0, rows("ledger_archive"));
  }

  @Test
  void encryptedBodiesAreNotMovedWhileTheHsmIsAway() {
    ledger.encrypts = true;
    ledger.append();
    ledger.restart();
    ledger.wrapping.takeAway();
    parts = after(DAYS + 2);
    assertProblem(Problem.HSM_UNAVAILABLE, () -> parts.moveAll());
    assertEquals(5, rows("ledger_body"));
  }

  @Test
  void aMissingFileIsFoundOnceAndNamedAndItsReportsAreDamage() throws Exception {
    parts.moveAll();
    ledger.append();
    Files.delete(file());
    List<LedgerFinding> found = ledger.found();
    assertEquals(List.of(Kind.ARCHIVE_MISSING), found.stream().map(LedgerFinding::kind).toList());
    assertEquals(0, found.get(0).index());
    assertTrue(found.get(0).detail().contains("bodies-0-3.zip"), found::toString);
    assertDamaged(0);
  }

  @Test
  void aChangedBodyInAFileIsFoundAtItsEntryWithTheFilesName() throws Exception {
    parts.moveAll();
    byte[] file = Files.readAllBytes(file());
    byte[] body = ledger.appended().get(1).encoded();
    file[indexOf(file, body) + body.length / 2] ^= 1;
    Files.write(file(), file);
    List<LedgerFinding> found = ledger.found();
    assertTrue(
        found.stream()
            .anyMatch(
                f ->
                    f.kind() == Kind.ARCHIVE_CHANGED
                        && f.index() == 2
                        && f.detail().contains("bodies-0-3.zip")),
        found::toString);
    assertTrue(
        found.stream().anyMatch(f -> f.kind() == Kind.ARCHIVE_CHANGED && f.index() == 4),
        "its SHA-256 is not the one of entry 4");
    assertDamaged(1);
    ledger.read(em -> ledger.reports(em).getVerified(ledger.appended().get(0).digest()));
  }

  @Test
  void whatIsNoFileOfBodiesAnyMoreIsFound() throws Exception {
    parts.moveAll();
    Files.write(file(), new byte[1000]);
    assertTrue(
        ledger.found().stream().anyMatch(f -> f.kind() == Kind.ARCHIVE_CHANGED && f.index() == 0));
    assertDamaged(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DELETE FROM ledger_archive",
        "UPDATE ledger_archive SET sha256 = 'x'",
        "UPDATE ledger_archive SET file = '../../etc/passwd'",
        "UPDATE ledger_archive SET last_index = 1"
      })
  void aChangedRowIsFoundAtTheEntryThatSaysOtherwise(String sql) throws Exception {
    parts.moveAll();
    ledger.database.tamper(sql);
    List<LedgerFinding> found = ledger.found();
    assertTrue(
        found.stream().anyMatch(f -> f.kind() == Kind.ARCHIVE_ROW_CHANGED && f.index() == 4),
        found::toString);
  }

  @Test
  void aRowThatNoEntryTellsOfIsFound() {
    ledger.database.tamper("INSERT INTO ledger_archive VALUES (0, 2, 'bodies-0-2.zip', 'x', 1)");
    assertTrue(ledger.found().stream().anyMatch(f -> f.kind() == Kind.ARCHIVE_ROW_CHANGED));
  }

  private void assertDamaged(int report) {
    assertProblem(
        Problem.LEDGER_DAMAGED,
        () -> ledger.read(em -> ledger.reports(em).get(ledger.appended().get(report).digest())));
  }

  private static void assertProblem(Problem problem, Executable call) {
    assertEquals(problem, assertThrows(ServiceException.class, call).problem());
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    for (int i = 0; i <= bytes.length - part.length; i++) {
      if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    throw new AssertionError("it is not there");
  }

  private long rows(String table) {
    return ledger.read(
        em ->
            ((Number) em.createNativeQuery("SELECT COUNT(*) FROM " + table).getSingleResult())
                .longValue());
  }
}
