// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.attestation;

import io.vmattest.core.report.Digest;
import io.vmattest.server.attestation.CaptureTransaction.Sent;
import io.vmattest.server.enrolment.EnrolmentService;
import io.vmattest.server.enrolment.KeyEnrolment;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.ReportChains;
import io.vmattest.server.ledger.Reports;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.policy.Baselines;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import jakarta.ejb.EJBException;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.UUID;

/** Attests on demand, and hands over the latest report. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class AttestationService {
  private static final Duration INGEST_DEADLINE = Duration.ofSeconds(30);
  private static final Logger LOG = System.getLogger(AttestationService.class.getName());

  @Inject HostGateway host;
  @Inject EnrolmentService enrolments;
  @Inject CaptureGuard guard;
  @Inject ReportChains chains;
  @Inject CaptureTransaction captures;
  @Inject Reports reports;
  @Inject ReportArrivals arrivals;
  @Inject Baselines baselines;
  @Inject SnapshotNews news;

  /**
   * Takes a fresh report and waits until it is in the ledger. The first one with a snapshot becomes
   * the VM's baseline.
   *
   * @throws ServiceException with the host's reason; REPORT_REJECTED or REPORT_NOT_APPENDED if the
   *     report was made but not taken into the ledger
   */
  public Attestation attest(AttestationRequest request) {
    request.nonce().ifPresent(AttestationService::check);
    host.virtualMachine(request.vm());
    KeyEnrolment key = enrolments.current();
    Attestation attestation =
        guard.alone(request.vm(), request.trigger().urgency(), () -> capture(request, key));
    StoredReport stored = attestation.report();
    if (request.baseline()) {
      baselines.set(request.vm(), stored.digest());
    } else if (stored.snapshotKept()) {
      baselines.setIfNone(request.vm(), stored.digest());
    }
    if (stored.snapshotKept()) {
      news.kept(request.vm());
    }
    return attestation;
  }

  /** AttestVMState: the VM's latest appended report. */
  public StoredReport latest(UUID vm) {
    return reports
        .latest(vm)
        .orElseThrow(
            () -> new ServiceException(Problem.NO_SUCH_REPORT, "the VM was never attested"));
  }

  /** The next capture waits for this one's report: reports come one after the other. */
  private Attestation capture(AttestationRequest request, KeyEnrolment key) {
    chains.open(request.vm());
    Sent sent = captureAndSend(request, key);
    return new Attestation(
        arrivals.await(sent.report().digest(), INGEST_DEADLINE), sent.result().differences());
  }

  private Sent captureAndSend(AttestationRequest request, KeyEnrolment key) {
    UnsentSnapshot unsent = new UnsentSnapshot();
    try {
      return captures.captureAndSend(request, key, unsent);
    } catch (ServiceException | EJBException e) {
      unsent.digest().ifPresent(snapshot -> drop(request.vm(), snapshot));
      throw e;
    }
  }

  /** No report names it, so that nobody could ever ask for it or drop it. */
  private void drop(UUID vm, Digest snapshot) {
    try {
      host.call(
          connection -> {
            connection.dropSnapshot(vm, snapshot);
            return snapshot;
          });
    } catch (ServiceException e) {
      LOG.log(Logger.Level.WARNING, "snapshot " + snapshot + " is left without a report", e);
    }
  }

  private static void check(byte[] nonce) {
    if (nonce.length < AttestationRequest.SHORTEST_NONCE
        || nonce.length > AttestationRequest.LONGEST_NONCE) {
      throw new ServiceException(Problem.INVALID_REQUEST, "a nonce has 8 to 64 bytes");
    }
  }
}
