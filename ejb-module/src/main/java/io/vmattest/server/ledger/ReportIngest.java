// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.ledger;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.AttestationReport;
import io.vmattest.core.report.Digest;
import io.vmattest.core.report.SignedReport;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/** Appends reports that stand every check; all in the caller's transaction. */
@Stateless
@TransactionAttribute(TransactionAttributeType.MANDATORY)
public class ReportIngest {
  @Inject EntityManager em;
  @Inject Ledger ledger;
  @Inject LedgerBodies bodies;
  @Inject ReportChecks checks;
  @Inject EventPublisher events;
  @Inject Event<ReportsAppended> appended;
  @Inject Clock clock;

  /**
   * Checks and appends. A report that is in the ledger already changes nothing.
   *
   * @throws ReportRejectedException if it can never be appended; nothing was written then
   * @throws ReportTooEarlyException if it can be appended later; nothing was written then
   */
  public StoredReport append(IncomingReport incoming)
      throws ReportRejectedException, ReportTooEarlyException {
    return appendAll(List.of(checks.check(incoming))).get(0).stored();
  }

  /**
   * Appends those of a group that can be, in their order. Reports that are in the ledger already
   * change nothing.
   *
   * @return what became of each, in their order
   */
  public List<AppendOutcome> appendAll(List<CheckedReport> group) {
    ledger.lock();
    KnownReports known = new KnownReports(em, group);
    Map<Digest, AppendOutcome> outcomes = new HashMap<>();
    Map<Digest, CheckedReport> accepted = new LinkedHashMap<>();
    for (CheckedReport report : group) {
      Optional<AppendOutcome> settled = settled(report, known);
      if (settled.isPresent()) {
        outcomes.putIfAbsent(report.digest(), settled.get());
      } else if (accepted.putIfAbsent(report.digest(), report) == null) {
        known.follow(report);
      }
    }
    write(List.copyOf(accepted.values()), known)
        .forEach(stored -> outcomes.put(stored.digest(), new AppendOutcome.Appended(stored)));
    return group.stream().map(report -> outcome(outcomes, report)).toList();
  }

  private static AppendOutcome outcome(Map<Digest, AppendOutcome> outcomes, CheckedReport report) {
    return Objects.requireNonNull(outcomes.get(report.digest()));
  }

  /** What becomes of a report that is not to be written now. */
  private static Optional<AppendOutcome> settled(CheckedReport report, KnownReports known) {
    Optional<ReportRow> row = known.report(report.digest());
    if (row.isPresent()) {
      return Optional.of(
          new AppendOutcome.Appended(
              stored(report, row.get().snapshotKept(), row.get().ledgerIndex())));
    }
    Optional<AppendOutcome> obstacle =
        ReportChecks.obstacle(report.report(), known.state(report.vm()));
    // What follows a report that is never appended never is either, and must not wait for it.
    return obstacle.isPresent() && report.report().previous().filter(known::isRejected).isPresent()
        ? Optional.of(new AppendOutcome.Refused("the report that it follows was rejected"))
        : obstacle;
  }

  private List<StoredReport> write(List<CheckedReport> accepted, KnownReports known) {
    accepted.forEach(known::keepConfig);
    List<LedgerRecord> entries =
        ledger.appendAll(accepted.stream().map(CheckedReport::addition).toList());
    insert(accepted, entries);
    List<StoredReport> written = new ArrayList<>(accepted.size());
    List<EventPublisher.Identified> news = new ArrayList<>(accepted.size());
    for (int i = 0; i < accepted.size(); i++) {
      LedgerRecord entry = entries.get(i);
      CheckedReport report = accepted.get(i);
      StoredReport stored = stored(report, report.incoming().snapshotKept(), entry.data().index());
      written.add(stored);
      news.add(new EventPublisher.Identified(entry.hash().hex(), event(stored, entry)));
    }
    if (!written.isEmpty()) {
      events.publishAll(news);
      appended.fire(new ReportsAppended(written));
    }
    return written;
  }

  private void insert(List<CheckedReport> accepted, List<LedgerRecord> entries) {
    List<ReportRow> rows = new ArrayList<>(accepted.size());
    for (int i = 0; i < accepted.size(); i++) {
      CheckedReport report = accepted.get(i);
      IncomingReport incoming = report.incoming();
      rows.add(new ReportRow(report, entries.get(i).data().index()));
      incoming.guest().ifPresent(guest -> bodies.write(report.digest(), guest));
    }
    // The configurations that the rows refer to.
    em.flush();
    RowInserts.insert(em, ReportRow.INSERT, rows);
  }

  private static StoredReport stored(CheckedReport report, boolean snapshotKept, long index) {
    return new StoredReport(
        report.signed(), report.incoming().canonicalConfig(), snapshotKept, index);
  }

  private static ServerEvent event(StoredReport stored, LedgerRecord entry) {
    AttestationReport report = stored.report();
    return new ServerEvent(
        ServerEvent.Type.REPORT,
        entry.data().at(),
        Optional.of(report.vmId()),
        Map.of(
            "vmName", report.vmName(),
            "hostId", report.hostId(),
            "reportDigest", stored.digest().hex(),
            "sequence", Long.toString(report.sequence()),
            "mode", report.mode().claim(),
            "trigger", report.trigger(),
            "ledgerIndex", Long.toString(entry.data().index()),
            "entryHash", entry.hash().hex()));
  }

  /** Records a message that was refused, and keeps it. A second copy of it changes nothing. */
  public void reject(byte[] message, String reason) {
    Optional<SignedReport> signed = readable(message);
    Digest digest = signed.map(SignedReport::digest).orElseGet(() -> Digest.sha256(message));
    ledger.lock();
    if (em.find(RejectedRow.class, digest.hex()) != null) {
      return;
    }
    em.persist(new RejectedRow(digest, clock.instant(), reason, message));
    Optional<UUID> vm = signed.map(s -> s.report().vmId());
    String body =
        JSON.createObjectBuilder()
            .add("message", digest.hex())
            .add("reason", reason)
            .build()
            .toString();
    LedgerRecord entry =
        ledger.append(
            LedgerEntryData.Type.REJECTED,
            vm,
            body.getBytes(StandardCharsets.UTF_8),
            "rejected: " + reason);
    events.publish(
        entry.hash().hex(),
        new ServerEvent(
            ServerEvent.Type.REJECTED,
            entry.data().at(),
            vm,
            Map.of(
                "reportDigest", digest.hex(),
                "reason", reason,
                "ledgerIndex", Long.toString(entry.data().index()))));
  }

  private static Optional<SignedReport> readable(byte[] message) {
    try {
      return Optional.of(ReportChecks.parse(message));
    } catch (ReportRejectedException e) {
      return Optional.empty();
    }
  }
}
