// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.snapshots;

import io.vmattest.core.appraisal.AppraisalPolicy;
import io.vmattest.core.appraisal.Appraiser;
import io.vmattest.core.appraisal.PageDifferences;
import io.vmattest.core.appraisal.PageRun;
import io.vmattest.core.report.Digest;
import io.vmattest.server.attestation.Attestation;
import io.vmattest.server.attestation.AttestationRequest;
import io.vmattest.server.attestation.AttestationService;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.GuestDocuments;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Compares a snapshot with another, or with what the VM is now. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class SnapshotComparison {
  /** Runs that are listed at most. */
  public static final int MOST_RUNS = 4096;

  private static final String MEMORY = "memory";

  @Inject HostGateway host;
  @Inject AttestedSnapshots attested;
  @Inject GuestDocuments guests;
  @Inject AttestationService attestations;

  /**
   * Compares two snapshots.
   *
   * @param limit runs that are listed at most
   * @throws ServiceException with NO_SUCH_SNAPSHOT, NO_SUCH_REPORT, SNAPSHOT_DAMAGED
   */
  public SnapshotDifferences compare(UUID vm, Digest first, Digest second, int limit) {
    StoredReport firstReport = attested.report(vm, first);
    StoredReport secondReport = attested.report(vm, second);
    return differences(
        firstReport,
        secondReport,
        host.call(c -> c.compare(vm, first, second, Math.min(limit, MOST_RUNS))));
  }

  /**
   * Captures the VM and compares it; the capture's report is appended like any other, and no
   * snapshot is kept of it.
   *
   * @param limit runs that are listed at most
   * @throws ServiceException as {@link AttestationService#attest} does, and as above
   */
  public SnapshotDifferences compareWithCurrent(UUID vm, Digest snapshot, int limit) {
    StoredReport report = attested.report(vm, snapshot);
    Attestation now =
        attestations.attest(
            new AttestationRequest(
                vm,
                AttestationRequest.Trigger.REQUEST,
                Optional.empty(),
                false,
                false,
                Optional.of(snapshot)));
    PageDifferences found = now.differences().orElse(PageDifferences.NONE);
    List<PageRun> listed = found.runs().stream().limit(limit).toList();
    return differences(report, now.report(), new PageDifferences(listed, found.totalPages()));
  }

  private SnapshotDifferences differences(
      StoredReport first, StoredReport second, PageDifferences pages) {
    return new SnapshotDifferences(
        first,
        second,
        pages,
        Appraiser.appraise(
                guests.state(first),
                guests.state(second),
                AppraisalPolicy.EVERYTHING,
                Optional.of(pages))
            .discrepancies()
            .stream()
            .filter(d -> !d.component().equals(MEMORY))
            .toList());
  }
}
