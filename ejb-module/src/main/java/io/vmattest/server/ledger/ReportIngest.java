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
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Appends reports that stand every check; all in the caller's transaction. */
@Stateless
@TransactionAttribute(TransactionAttributeType.MANDATORY)
public class ReportIngest {
  @Inject EntityManager em;
  @Inject Ledger ledger;
  @Inject ReportChecks checks;
  @Inject EventPublisher events;
  @Inject Event<ReportAppended> appended;
  @Inject Clock clock;

  /**
   * Checks and appends. A report that is in the ledger already changes nothing.
   *
   * @throws ReportRejectedException if it can never be appended; nothing was written then
   * @throws ReportTooEarlyException if it can be appended later; nothing was written then
   */
  public StoredReport append(IncomingReport incoming)
      throws ReportRejectedException, ReportTooEarlyException {
    SignedReport signed = ReportChecks.parse(incoming.cose());
    ledger.lock();
    ReportRow known = em.find(ReportRow.class, signed.digest().hex());
    if (known != null) {
      return new StoredReport(signed, known.config(), known.snapshotKept(), known.ledgerIndex());
    }
    checks.verify(signed, incoming.canonicalConfig());
    ReportChecks.requireNamed(signed, incoming.guest());
    requirePreviousNotRejected(signed.report());
    VmStateRow state = em.find(VmStateRow.class, signed.report().vmId().toString());
    ReportChecks.follows(signed.report(), Optional.ofNullable(state).map(VmStateRow::toState));
    return write(signed, incoming, Optional.ofNullable(state));
  }

  /** What follows a report that is never appended never is either, and must not wait for it. */
  private void requirePreviousNotRejected(AttestationReport report) throws ReportRejectedException {
    if (report.previous().map(d -> em.find(RejectedRow.class, d.hex())).isPresent()) {
      throw new ReportRejectedException("the report that it follows was rejected");
    }
  }

  private StoredReport write(
      SignedReport signed, IncomingReport incoming, Optional<VmStateRow> known) {
    AttestationReport report = signed.report();
    Digest digest = signed.digest();
    LedgerRecord entry =
        ledger.append(
            LedgerEntryData.Type.REPORT,
            Optional.of(report.vmId()),
            incoming.cose(),
            "report %d of %s (%s, %s)"
                .formatted(
                    report.sequence(), report.vmName(), report.mode().claim(), report.trigger()));
    em.persist(new ReportRow(digest, report, incoming, entry.data().index()));
    incoming.guest().ifPresent(guest -> em.persist(new GuestRow(digest, guest)));
    VmStateRow state = known.orElseGet(() -> newState(report.vmId()));
    state.appended(digest, report);
    StoredReport stored =
        new StoredReport(
            signed, incoming.canonicalConfig(), incoming.snapshotKept(), entry.data().index());
    events.publish(entry.hash().hex(), event(stored, entry));
    appended.fire(new ReportAppended(stored));
    return stored;
  }

  private VmStateRow newState(UUID vm) {
    VmStateRow state = new VmStateRow(vm);
    em.persist(state);
    return state;
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
