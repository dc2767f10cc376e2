// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.guest.GuestState;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.testing.CollectedEvents;
import io.vmattest.server.testing.TestDatabase;
import jakarta.persistence.EntityManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReportIngestTest {
  private static final String CONFIG = "<domain/>";
  private static final GuestDocument GUEST =
      GuestDocument.of(new GuestState.Unreadable("NO_KERNEL", "no VMCOREINFO"));

  private final TestDatabase database = new TestDatabase();
  private final EnrolledReports made = new EnrolledReports();
  private final CollectedEvents events = new CollectedEvents();
  private final ObserverInTransaction observer = new ObserverInTransaction();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void aReportThatHoldsIsAppendedAndTold() throws Exception {
    SignedReport report = made.report(1, Optional.empty());
    append(report);
    assertEquals(List.of(LedgerEntryData.Type.REPORT), entries());
    assertEquals(List.of(ServerEvent.Type.REPORT), events.types());
    assertEquals(report.digest().hex(), events.events.get(0).attributes().get("reportDigest"));
    StoredReport latest =
        database.transaction(em -> reports(em).latest(ReportMaker.VM)).orElseThrow();
    assertEquals(report.digest(), latest.digest());
    assertEquals(CONFIG, latest.canonicalConfig());
  }

  @Test
  void aSecondDeliveryChangesNothing() throws Exception {
    SignedReport report = made.report(1, Optional.empty());
    append(report);
    append(report);
    assertEquals(List.of(LedgerEntryData.Type.REPORT), entries());
    assertEquals(1, events.events.size());
  }

  @Test
  void aFaultAmidTheTransactionLeavesNothingAndTheRedeliveryOneEntry() throws Exception {
    SignedReport report = made.report(1, Optional.empty());
    observer.observer =
        event -> {
          throw new IllegalStateException("a fault after the append");
        };
    assertThrows(IllegalStateException.class, () -> append(report));
    assertEquals(List.of(), entries());
    observer.observer = event -> {};
    append(report);
    assertEquals(List.of(LedgerEntryData.Type.REPORT), entries());
  }

  @Test
  void theNextReportFollows() throws Exception {
    SignedReport first = made.report(1, Optional.empty());
    append(first);
    append(made.report(2, Optional.of(first.digest())));
    assertEquals(2, entries().size());
  }

  @Test
  void aReportThatDoesNotFollowIsRejected() throws Exception {
    append(made.report(1, Optional.empty()));
    assertRejected(
        made.report(1, Optional.of(Digest.sha256(new byte[1]))), CONFIG, "number 1 where 2");
    assertRejected(made.report(2, Optional.of(Digest.sha256(new byte[1]))), CONFIG, "previous");
    assertRejected(made.report(2, Optional.empty()), CONFIG, "previous");
    assertEquals(1, entries().size());
  }

  @Test
  void aReportThatOvertakesTheOneItFollowsWaitsForIt() throws Exception {
    SignedReport first = made.report(1, Optional.empty());
    SignedReport second = made.report(2, Optional.of(first.digest()));
    assertTrue(isTooEarly(second));
    assertEquals(List.of(), entries());
    append(first);
    append(second);
    assertEquals(2, entries().size());
  }

  @Test
  void aReportThatFollowsARejectedOneIsRejectedAndWaitsForNothing() throws Exception {
    SignedReport first = made.report(1, Optional.empty());
    database.run(em -> ingest(em).reject(first.encoded(), "given up"));
    assertRejected(made.report(2, Optional.of(first.digest())), CONFIG, "was rejected");
  }

  @Test
  void aReportThatWasGivenUpAndComesAgainIsAppendedAndSoIsWhatFollowsIt() throws Exception {
    SignedReport first = made.report(1, Optional.empty());
    database.run(em -> ingest(em).reject(first.encoded(), "given up"));
    append(first);
    append(made.report(2, Optional.of(first.digest())));
    assertEquals(
        List.of(
            LedgerEntryData.Type.REJECTED,
            LedgerEntryData.Type.REPORT,
            LedgerEntryData.Type.REPORT),
        entries());
  }

  @Test
  void aGroupIsAppendedInItsOrderAndWhatCannotBeHoldsUpNothing() throws Exception {
    SignedReport first = made.report(1, Optional.empty());
    SignedReport second = made.report(2, Optional.of(first.digest()));
    SignedReport stray = made.report(2, Optional.of(Digest.sha256(new byte[1])));
    SignedReport early = made.report(9, Optional.of(second.digest()));
    List<AppendOutcome> outcomes = appendAll(first, second, first, stray, early);
    assertEquals(
        List.of("Appended", "Appended", "Appended", "Refused", "TooEarly"),
        outcomes.stream().map(outcome -> outcome.getClass().getSimpleName()).toList());
    assertEquals(
        List.of(first.digest(), second.digest()),
        database.transaction(em -> reports(em).page(ReportMaker.VM, 0, 10)).stream()
            .map(StoredReport::digest)
            .toList());
    assertEquals(2, entries().size());
    assertEquals(2, events.events.size());
  }

  @Test
  void aConfigurationIsKeptOnceHoweverManyReportsNameIt() throws Exception {
    SignedReport first = made.report(1, Optional.empty());
    SignedReport second = made.report(2, Optional.of(first.digest()));
    appendAll(first, second);
    append(made.report(3, Optional.of(second.digest())));
    Number rows =
        database.transaction(
            em ->
                (Number)
                    em.createNativeQuery("SELECT COUNT(*) FROM report_config").getSingleResult());
    assertEquals(1, rows.intValue());
  }

  private List<AppendOutcome> appendAll(SignedReport... reports) throws ReportRejectedException {
    List<CheckedReport> group = new ArrayList<>();
    for (SignedReport report : reports) {
      group.add(
          made.checks()
              .check(new IncomingReport(report.encoded(), CONFIG, Optional.empty(), true)));
    }
    return database.transaction(em -> ingest(em).appendAll(group));
  }

  private boolean isTooEarly(SignedReport report) {
    return database.transaction(
        em -> {
          try {
            ingest(em).append(new IncomingReport(report.encoded(), CONFIG, Optional.empty(), true));
            return false;
          } catch (ReportTooEarlyException e) {
            return true;
          } catch (ReportRejectedException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void aConfigurationThatTheReportDoesNotNameIsRejected() throws Exception {
    assertRejected(made.report(1, Optional.empty()), "<domain type='other'/>", "configuration");
  }

  @Test
  void whatWasSeenOfTheGuestIsKeptBesideItsReport() throws Exception {
    SignedReport report = reportWithGuest(GUEST);
    append(report.encoded(), CONFIG, Optional.of(GUEST));
    StoredReport stored = database.transaction(em -> reports(em).get(report.digest()));
    assertEquals(
        Optional.of(GUEST.digest()),
        database.transaction(em -> guests(em).find(stored)).map(GuestDocument::digest));
    assertEquals(
        Optional.of(GUEST.state()), database.transaction(em -> guests(em).state(stored).guest()));
  }

  @Test
  void anotherGuestThanTheReportNamesIsRejected() throws Exception {
    SignedReport report = reportWithGuest(GUEST);
    GuestDocument other = GuestDocument.of(new GuestState.Unreadable("NO_TYPES", ""));
    for (Optional<GuestDocument> guest :
        List.of(Optional.of(other), Optional.<GuestDocument>empty())) {
      assertThrows(ReportRejectedException.class, () -> append(report.encoded(), CONFIG, guest));
    }
    SignedReport none = made.report(1, Optional.empty());
    assertThrows(
        ReportRejectedException.class, () -> append(none.encoded(), CONFIG, Optional.of(GUEST)));
    assertEquals(List.of(), entries());
  }

  @Test
  void aGuestThatWasExchangedInTheDatabaseIsNoticed() throws Exception {
    SignedReport report = reportWithGuest(GUEST);
    append(report.encoded(), CONFIG, Optional.of(GUEST));
    StoredReport stored = database.transaction(em -> reports(em).get(report.digest()));
    database.tamper("DELETE FROM report_guest");
    assertEquals(
        Problem.LEDGER_DAMAGED,
        assertThrows(
                ServiceException.class, () -> database.transaction(em -> guests(em).find(stored)))
            .problem());
  }

  private SignedReport reportWithGuest(GuestDocument guest) {
    return made.report(1, Optional.empty(), Optional.of(guest));
  }

  private GuestDocuments guests(EntityManager em) {
    return LedgerParts.guests(LedgerParts.bodies(em));
  }

  @Test
  void aReportThatWasNotEnrolledIsRejected() throws Exception {
    assertRejected(made.unenrolled(), CONFIG, "does not verify");
  }

  @Test
  void aReportOfATpmThatNobodyVouchesForIsRejected() throws Exception {
    StandInTpm stranger = new StandInTpm();
    assertRejected(made.enrolled(new ReportMaker().sign(stranger)), CONFIG, "not verify");
  }

  @Test
  void bytesThatAreNoReportAreRejected() {
    ReportRejectedException e =
        assertThrows(ReportRejectedException.class, () -> append(new byte[] {1, 2, 3}, CONFIG));
    assertTrue(e.reason().contains("not a signed report"), e.reason());
  }

  @Test
  void whatIsRejectedIsRecordedOnceWithItsReason() {
    byte[] message = {1, 2, 3};
    database.run(em -> ingest(em).reject(message, "no report"));
    database.run(em -> ingest(em).reject(message, "no report"));
    assertEquals(List.of(LedgerEntryData.Type.REJECTED), entries());
    assertEquals(List.of(ServerEvent.Type.REJECTED), events.types());
    assertEquals(
        Optional.of("no report"),
        database.transaction(em -> reports(em).rejection(Digest.sha256(message))));
  }

  private void assertRejected(SignedReport report, String config, String reason) {
    int before = entries().size();
    ReportRejectedException e =
        assertThrows(ReportRejectedException.class, () -> append(report.encoded(), config));
    assertTrue(e.reason().contains(reason), e.reason());
    assertEquals(before, entries().size());
  }

  private void append(SignedReport report) throws ReportRejectedException {
    append(report.encoded(), CONFIG);
  }

  /** One delivery: a rejection ends the transaction without an error, as in the container. */
  private void append(byte[] cose, String config) throws ReportRejectedException {
    append(cose, config, Optional.empty());
  }

  private void append(byte[] cose, String config, Optional<GuestDocument> guest)
      throws ReportRejectedException {
    Optional<ReportRejectedException> rejected =
        database.transaction(
            em -> {
              try {
                ingest(em).append(new IncomingReport(cose, config, guest, true));
                return Optional.empty();
              } catch (ReportRejectedException e) {
                return Optional.of(e);
              } catch (ReportTooEarlyException e) {
                throw new AssertionError(e);
              }
            });
    if (rejected.isPresent()) {
      throw rejected.get();
    }
  }

  private List<LedgerEntryData.Type> entries() {
    return database
        .transaction(
            em -> LedgerParts.ledger(em, EnrolledReports.CLOCK).entries(-1, Ledger.LARGEST_PAGE))
        .stream()
        .map(entry -> entry.data().type())
        .toList();
  }

  private ReportIngest ingest(EntityManager em) {
    return LedgerParts.ingest(
        LedgerParts.ledger(em, EnrolledReports.CLOCK), made.checks(), events, observer);
  }

  private Reports reports(EntityManager em) {
    return LedgerParts.reports(em, made.checks());
  }
}
