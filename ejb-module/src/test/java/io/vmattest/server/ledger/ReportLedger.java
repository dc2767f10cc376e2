// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import io.vmattest.core.guest.GuestDocument;
import io.vmattest.core.guest.GuestState;
import io.vmattest.core.guest.MalformedGuestDocumentException;
import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.ledger.LedgerFinding;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.core.tlog.NoteKey;
import io.vmattest.server.archive.ArchiveFolder;
import io.vmattest.server.bodies.BodyKeys;
import io.vmattest.server.bodies.BodyParts;
import io.vmattest.server.testing.CollectedEvents;
import io.vmattest.server.testing.StandInKeyWrapping;
import io.vmattest.server.testing.StandInLogKeys;
import io.vmattest.server.testing.StandInResultSigners;
import io.vmattest.server.testing.StandInSeals;
import io.vmattest.server.testing.TestDatabase;
import jakarta.persistence.EntityManager;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A ledger of one VM's reports, each with what was seen of the guest, in a database of its own. */
public final class ReportLedger implements AutoCloseable {
  static final String CONFIG = "<domain/>";
  static final Clock CLOCK = EnrolledReports.CLOCK;

  final ArchiveFolder folder;
  public final TestDatabase database = new TestDatabase();
  final StandInKeyWrapping wrapping = new StandInKeyWrapping();
  final StandInLogKeys logKeys = new StandInLogKeys();
  boolean encrypts;

  private final StandInResultSigners results = new StandInResultSigners();
  private final EnrolledReports made = new EnrolledReports();
  private final LedgerTree tree = new LedgerTree();
  private final List<SignedReport> appended = new ArrayList<>();
  private BodyKeys keys = BodyParts.keys(database, wrapping);

  /** Where none was moved to a file. */
  public ReportLedger() {
    this(Path.of("target", "no such folder"));
  }

  /** Whose files are in a folder. */
  ReportLedger(Path folder) {
    this.folder = new ArchiveFolder(folder);
  }

  BodyKeys keys() {
    return keys;
  }

  /** The VM's next report, appended. */
  public SignedReport append() {
    SignedReport report = next();
    database.run(
        em -> {
          try {
            LedgerParts.ingest(ledger(em), checks(), new CollectedEvents(), observer())
                .append(new IncomingReport(report.encoded(), CONFIG, Optional.of(guest()), true));
          } catch (ReportRejectedException | ReportTooEarlyException e) {
            throw new AssertionError(e);
          }
        });
    appended.add(report);
    return report;
  }

  void append(int count) {
    for (int i = 0; i < count; i++) {
      append();
    }
  }

  /** An entry that is no report. */
  void appendOther() {
    database.run(
        em ->
            ledger(em)
                .append(LedgerEntryData.Type.POLICY, Optional.empty(), new byte[] {1}, "other"));
  }

  public void sign() {
    database.run(
        em ->
            LedgerParts.checkpoints(ledger(em), logKeys, new CollectedEvents())
                .sign(Optional.empty()));
  }

  /** As a restart does: what was unwrapped is forgotten. */
  void restart() {
    keys = BodyParts.keys(database, wrapping);
  }

  List<SignedReport> appended() {
    return List.copyOf(appended);
  }

  /** What was seen of the guest beside the next report. */
  GuestDocument guest() {
    return GuestDocument.of(
        new GuestState.Unreadable("NO_KERNEL", "look " + (appended.size() + 1)));
  }

  /** By what {@link #guest} tells documents apart. */
  static String look(GuestDocument document) {
    try {
      return document.json().getString("detail");
    } catch (MalformedGuestDocumentException e) {
      throw new AssertionError(e);
    }
  }

  private static ObserverInTransaction observer() {
    return new ObserverInTransaction();
  }

  private SignedReport next() {
    Optional<Digest> previous =
        appended.isEmpty()
            ? Optional.empty()
            : Optional.of(appended.get(appended.size() - 1).digest());
    return made.report(appended.size() + 1, previous, Optional.of(guest()));
  }

  public <T> T read(Function<EntityManager, T> work) {
    return database.transaction(work);
  }

  public Ledger ledger(EntityManager em) {
    Ledger ledger = LedgerParts.ledger(em, CLOCK);
    ledger.tree = tree;
    ledger.bodies = bodies(em);
    return ledger;
  }

  LedgerBodies bodies(EntityManager em) {
    LedgerBodies bodies = LedgerParts.bodies(em, keys, encrypts);
    bodies.folder = folder;
    return bodies;
  }

  public Reports reports(EntityManager em) {
    Reports reports = LedgerParts.reports(em, checks());
    reports.ledger = ledger(em);
    return reports;
  }

  GuestDocuments guests(EntityManager em) {
    return LedgerParts.guests(bodies(em));
  }

  /** By what a checkpoint of it is verified. */
  public List<NoteKey> logKeys() {
    return read(em -> logKeys.verifiers(ledger(em).origin()).keys());
  }

  public LedgerProofs proofs(EntityManager em) {
    LedgerProofs proofs = new LedgerProofs();
    proofs.em = em;
    proofs.tree = tree;
    proofs.ledger = ledger(em);
    proofs.checkpoints = LedgerParts.checkpoints(proofs.ledger, logKeys, new CollectedEvents());
    return proofs;
  }

  private ReportChecks checks() {
    return made.checks();
  }

  /** What a check of the whole ledger finds, which has a checkpoint then. */
  List<LedgerFinding> found() {
    sign();
    return read(
        em -> {
          Ledger ledger = ledger(em);
          AuditReader reader = LedgerParts.reader(ledger.bodies);
          LedgerCheck check =
              new LedgerCheck(
                  reader,
                  ledger.bodies.folder,
                  new StandInSeals(),
                  logKeys.verifiers(ledger.origin()),
                  results.keys(),
                  ledger.origin());
          return check.run(reader.extent(), new StoredTiles(em), (step, fraction) -> {});
        });
  }

  @Override
  public void close() {
    database.close();
  }
}
