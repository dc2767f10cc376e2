// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.ledger.LedgerFinding;
import io.vmattest.core.ledger.LedgerFinding.Kind;
import io.vmattest.core.report.SignedReport;
import io.vmattest.server.bodies.StoredBody;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class EncryptedBodiesTest {
  private final ReportLedger ledger = new ReportLedger();

  @BeforeEach
  void encrypt() {
    ledger.encrypts = true;
  }

  @AfterEach
  void close() {
    ledger.close();
  }

  @Test
  void anEncryptedRowHasNothingOfTheReportOrTheGuest() {
    SignedReport report = ledger.append();
    StoredBody body = body(0);
    StoredBody guest = ledger.read(em -> em.find(GuestRow.class, report.digest().hex()).stored());
    assertTrue(body.key().isPresent());
    assertEquals(body.key(), guest.key());
    assertTrue(contains(report.encoded(), "pc-q35-7.2"));
    assertFalse(contains(body.bytes(), "pc-q35-7.2"));
    // gzip's magic number
    assertFalse(guest.bytes()[0] == 0x1f && guest.bytes()[1] == (byte) 0x8b);
  }

  @Test
  void anEncryptedLedgerIsReadAsAPlainOneAndNothingIsFoundInIt() throws Exception {
    SignedReport report = ledger.append();
    ledger.append();
    ledger.sign();
    ledger.restart();
    StoredReport stored = ledger.read(em -> ledger.reports(em).getVerified(report.digest()));
    assertArrayEquals(report.encoded(), stored.signed().encoded());
    assertEquals(
        Optional.of("look 1"),
        ledger.read(em -> ledger.guests(em).find(stored)).map(ReportLedger::look));
    assertEquals(2, ledger.read(em -> ledger.ledger(em).wholeEntries(-1, 10)).size());
    assertEquals(List.of(), ledger.found());
  }

  @Test
  void plainRowsAndThoseOfSeveralKeysStandSideBySide() {
    ledger.encrypts = false;
    ledger.append();
    ledger.encrypts = true;
    ledger.append();
    ledger.wrapping.rotate();
    ledger.append();
    ledger.encrypts = false;
    ledger.append();
    ledger.restart();
    assertEquals(
        4,
        ledger.read(em -> ledger.ledger(em).wholeEntries(-1, 10)).stream()
            .filter(LedgerRecord::isIntact)
            .count());
    assertEquals(List.of(), ledger.found());
    assertEquals(
        2,
        Stream.of(0L, 1L, 2L, 3L)
            .map(this::body)
            .map(StoredBody::key)
            .flatMap(Optional::stream)
            .distinct()
            .count());
  }

  @Test
  void entriesOfOtherTypesStayPlain() {
    ledger.appendOther();
    assertEquals(Optional.empty(), body(0).key());
  }

  /** What is done to the rows of entries 0 to 2, and at which of them it is found. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UPDATE ledger_body SET body = X'00' WHERE entry_index = 1|1",
        "UPDATE ledger_body SET body = (SELECT body FROM ledger_body WHERE entry_index = 2)"
            + " WHERE entry_index = 1|1",
        "UPDATE ledger_body SET body = (SELECT document FROM report_guest LIMIT 1)"
            + " WHERE entry_index = 2|2",
        "ALTER TABLE ledger_body DROP CONSTRAINT ledger_body_key;"
            + "UPDATE ledger_body SET body_key = 'mine' WHERE entry_index = 0|0",
        "UPDATE body_key SET wrapped = X'00'|2",
        "UPDATE body_key SET wrapping_key = 'vmattest-data-7'|2"
      })
  void aBodyThatCannotBeReadIsAFindingAndNoReport(String sql, long index) {
    ledger.append(3);
    for (String statement : sql.split(";", -1)) {
      ledger.database.tamper(statement);
    }
    ledger.restart();
    List<LedgerFinding> found = ledger.found();
    assertTrue(
        found.stream().anyMatch(f -> f.kind() == Kind.BODY_UNREADABLE && f.index() == index),
        found::toString);
    ServiceException refused =
        assertProblem(
            Problem.LEDGER_DAMAGED,
            () ->
                ledger.read(
                    em -> ledger.reports(em).get(ledger.appended().get((int) index).digest())));
    assertTrue(refused.detail().contains("entry " + index), refused::detail);
  }

  @Test
  void swappedBodiesAreFoundAtBothPlaces() {
    ledger.append(3);
    ledger.database.tamper(
        "UPDATE ledger_body SET body = CASE entry_index"
            + " WHEN 0 THEN (SELECT body FROM ledger_body WHERE entry_index = 2)"
            + " ELSE (SELECT body FROM ledger_body WHERE entry_index = 0) END WHERE entry_index <> 1");
    assertEquals(
        List.of(0L, 2L),
        ledger.found().stream()
            .filter(f -> f.kind() == Kind.BODY_UNREADABLE)
            .map(LedgerFinding::index)
            .toList());
  }

  @Test
  void aKeyThatTheTokenLostIsAFindingAtEachOfItsBodies() {
    ledger.encrypts = false;
    ledger.append();
    ledger.encrypts = true;
    ledger.append(2);
    ledger.wrapping.forgetAll();
    ledger.restart();
    assertEquals(
        List.of(1L, 2L),
        ledger.found().stream()
            .filter(f -> f.kind() == Kind.BODY_UNREADABLE)
            .map(LedgerFinding::index)
            .toList());
  }

  @Test
  void aGuestsDocumentThatWasExchangedIsNoticed() {
    ledger.append(2);
    ledger.database.tamper(
        "UPDATE report_guest SET document = (SELECT document FROM report_guest LIMIT 1)");
    assertEquals(
        List.of(Kind.GUEST_CHANGED), ledger.found().stream().map(LedgerFinding::kind).toList());
    assertProblem(
        Problem.LEDGER_DAMAGED,
        () ->
            ledger.read(
                em -> {
                  for (SignedReport report : ledger.appended()) {
                    ledger.guests(em).find(ledger.reports(em).get(report.digest()));
                  }
                  return em;
                }));
  }

  @Test
  void aDocumentThatIsGoneIsFoundAtItsReportsEntry() {
    ledger.append(2);
    ledger.database.tamper(
        "DELETE FROM report_guest WHERE report = '%s'"
            .formatted(ledger.appended().get(1).digest().hex()));
    List<LedgerFinding> found = ledger.found();
    assertEquals(List.of(Kind.GUEST_CHANGED), found.stream().map(LedgerFinding::kind).toList());
    assertEquals(1, found.get(0).index());
  }

  @Test
  void withoutTheHsmNothingIsWrittenAndACheckSaysSoInsteadOfFindings() {
    ledger.append();
    ledger.wrapping.takeAway();
    ledger.restart();
    assertProblem(Problem.HSM_UNAVAILABLE, ledger::append);
    assertProblem(Problem.HSM_UNAVAILABLE, ledger::found);
    assertEquals(1, ledger.read(em -> ledger.ledger(em).head()).nextIndex());
  }

  @Test
  void theHsmIsCalledOnceHoweverManyReportsThereAre() {
    ledger.append(20);
    assertEquals(1, ledger.wrapping.calls());
  }

  private StoredBody body(long index) {
    return ledger.read(em -> em.find(LedgerBodyRow.class, index).stored());
  }

  private static ServiceException assertProblem(Problem problem, Executable call) {
    ServiceException e = assertThrows(ServiceException.class, call);
    assertEquals(problem, e.problem(), e::detail);
    return e;
  }

  private static boolean contains(byte[] bytes, String text) {
    return new String(bytes, ISO_8859_1).contains(text);
  }
}
