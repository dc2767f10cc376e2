// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.testing.ReportMaker;
import io.vmattest.core.testing.StandInTpm;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.testing.CollectedEvents;
import io.vmattest.server.testing.TestDatabase;
import jakarta.persistence.EntityManager;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever can edit the database cannot make a report of his own the one that was appended. */
@Timeout(60)
class StoredReportTamperingTest {
  private static final String CONFIG = "<domain/>";

  private final TestDatabase database = new TestDatabase();
  private final EnrolledReports made = new EnrolledReports();
  private final SignedReport genuine = made.signed(new ReportMaker());

  @BeforeEach
  void append() {
    database.run(
        em -> {
          try {
            ingest(em)
                .append(new IncomingReport(genuine.encoded(), CONFIG, Optional.empty(), true));
          } catch (ReportRejectedException | ReportTooEarlyException e) {
            throw new AssertionError(e);
          }
        });
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void anUntouchedReportIsBelieved() {
    assertEquals(genuine.digest(), verified(genuine.digest()).digest());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE ledger_body SET body = X'00'",
        "UPDATE ledger_entry SET entry_hash = body_digest",
        "UPDATE ledger_entry SET body_digest = previous_hash",
        "UPDATE ledger_entry SET occurred_at = occurred_at + 1",
        "UPDATE report SET sequence_no = 7",
        "UPDATE report SET vm_id = '00000000-0000-0000-0000-000000000000'"
      })
  void anEditedRowIsDamage(String sql) {
    database.tamper(sql);
    assertDamaged(() -> load(genuine.digest()));
  }

  @Test
  void anotherBodyUnderTheSameEntryIsDamage() {
    overwrite(forged());
    assertDamaged(() -> load(genuine.digest()));
  }

  @Test
  void aForgedReportWithItsDigestsPutRightIsNeitherBaselineNorTarget() {
    SignedReport forged = forged();
    overwrite(forged);
    rehash(forged);
    // Nothing that is hashed tells them apart; the TPM's signature does.
    assertEquals(forged.digest(), load(forged.digest()).digest());
    assertDamaged(() -> verified(forged.digest()));
  }

  @Test
  void anotherConfigurationBesideAGenuineReportIsDamage() {
    database.tamper("UPDATE report_config SET config = '<domain type=''evil''/>'");
    assertDamaged(() -> verified(genuine.digest()));
  }

  /** Claims of the forger's choice, signed by a TPM of his own and enrolled by himself. */
  private SignedReport forged() {
    ReportMaker maker = new ReportMaker();
    maker.machine = "pc-q35-6.6.6";
    return made.enrolled(maker.sign(new StandInTpm()));
  }

  private void overwrite(SignedReport forged) {
    database.tamper(
        "UPDATE ledger_body SET body = X'%s'"
            .formatted(HexFormat.of().formatHex(forged.encoded())));
  }

  private void rehash(SignedReport forged) {
    LedgerEntryData old = database.transaction(em -> ledger(em).entry(0)).data();
    LedgerEntryData data =
        new LedgerEntryData(
            old.index(),
            old.type(),
            old.at(),
            old.vm(),
            Digest.sha256(forged.encoded()),
            old.previous());
    database.tamper(
        "UPDATE ledger_entry SET body_digest = '%s', entry_hash = '%s'"
            .formatted(data.body().hex(), data.hash().hex()));
    database.tamper("UPDATE report SET digest = '%s'".formatted(forged.digest().hex()));
  }

  private static void assertDamaged(org.junit.jupiter.api.function.Executable read) {
    assertEquals(Problem.LEDGER_DAMAGED, assertThrows(ServiceException.class, read).problem());
  }

  private StoredReport load(Digest digest) {
    return database.transaction(em -> reports(em).get(digest));
  }

  private StoredReport verified(Digest digest) {
    return database.transaction(em -> reports(em).getVerified(digest));
  }

  private ReportIngest ingest(EntityManager em) {
    return LedgerParts.ingest(
        LedgerParts.ledger(em, EnrolledReports.CLOCK),
        checks(),
        new CollectedEvents(),
        new ObserverInTransaction());
  }

  private static Ledger ledger(EntityManager em) {
    return LedgerParts.ledger(em, EnrolledReports.CLOCK);
  }

  private Reports reports(EntityManager em) {
    return LedgerParts.reports(em, checks());
  }

  private ReportChecks checks() {
    return made.checks();
  }
}
