// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.policy;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.ledger.LedgerEntryData;
import io.vmattest.core.report.Digest;
import io.vmattest.server.events.EventPublisher;
import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.ledger.Ledger;
import io.vmattest.server.ledger.LedgerRecord;
import io.vmattest.server.ledger.Reports;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Which report each VM is compared with; every choice is recorded. */
@Stateless
public class Baselines {
  @Inject EntityManager em;
  @Inject Reports reports;
  @Inject Ledger ledger;
  @Inject EventPublisher events;
  @Inject Clock clock;

  /** A VM's baseline, and when it was chosen. */
  public record Baseline(StoredReport report, Instant setAt) {}

  /**
   * The VM's baseline, whose report was verified once more.
   *
   * @throws ServiceException with LEDGER_DAMAGED if it is not the one that was appended
   */
  public Optional<Baseline> find(UUID vm) {
    return Optional.ofNullable(em.find(BaselineRow.class, vm.toString()))
        .map(row -> new Baseline(reports.getVerified(row.digest()), row.setAt()));
  }

  /** Whether the VM has a baseline, in whatever state that is. */
  public boolean isChosen(UUID vm) {
    return em.find(BaselineRow.class, vm.toString()) != null;
  }

  /**
   * Chooses a VM's baseline.
   *
   * @throws ServiceException with NO_SUCH_REPORT if the VM has no such report
   */
  public Baseline set(UUID vm, Digest digest) {
    StoredReport report = reports.getVerified(digest);
    if (!report.report().vmId().equals(vm)) {
      throw new ServiceException(Problem.NO_SUCH_REPORT, "the report is of another VM");
    }
    Instant now = clock.instant();
    em.merge(new BaselineRow(vm, digest, now));
    record(vm, report);
    return new Baseline(report, now);
  }

  public void setIfNone(UUID vm, Digest digest) {
    if (!isChosen(vm)) {
      set(vm, digest);
    }
  }

  private void record(UUID vm, StoredReport report) {
    String digest = report.digest().hex();
    String body =
        JSON.createObjectBuilder()
            .add("vm", vm.toString())
            .add("report", digest)
            .add("snapshotKept", report.snapshotKept())
            .build()
            .toString();
    LedgerRecord entry =
        ledger.append(
            LedgerEntryData.Type.BASELINE,
            Optional.of(vm),
            body.getBytes(StandardCharsets.UTF_8),
            "report %d is the baseline of %s"
                .formatted(report.report().sequence(), report.report().vmName()));
    events.publish(
        entry.hash().hex(),
        new ServerEvent(
            ServerEvent.Type.BASELINE,
            entry.data().at(),
            Optional.of(vm),
            Map.of("reportDigest", digest, "ledgerIndex", Long.toString(entry.data().index()))));
  }
}
