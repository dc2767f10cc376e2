// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.attestation;

import io.vmattest.core.report.SignedReport;
import io.vmattest.hypervisor.api.CaptureRequest;
import io.vmattest.hypervisor.api.CaptureResult;
import io.vmattest.hypervisor.api.ProgressListener;
import io.vmattest.server.enrolment.KeyEnrolment;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ingest.ReportMessages;
import io.vmattest.server.ledger.ReportChains;
import io.vmattest.server.policy.Policies;
import jakarta.annotation.Resource;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.transaction.TransactionSynchronizationRegistry;

/** Takes a number, captures, and sends the report: all of it or nothing. */
@Stateless
@TransactionAttribute(TransactionAttributeType.REQUIRES_NEW)
public class CaptureTransaction {
  @Inject HostGateway host;
  @Inject ReportChains chains;
  @Inject ReportMessages messages;
  @Inject Policies policies;

  @Resource
  @SuppressWarnings("NullAway.Init")
  TransactionSynchronizationRegistry transactions;

  /** The report that is on its way, and what came with it. */
  public record Sent(SignedReport report, CaptureResult result) {}

  /**
   * Captures and sends.
   *
   * @param unsent is told if a snapshot was kept for nothing
   */
  public Sent captureAndSend(AttestationRequest request, KeyEnrolment key, UnsentSnapshot unsent) {
    ReportChains.Link link = chains.take(request.vm());
    CaptureRequest capture =
        new CaptureRequest(
            request.vm(),
            request.trigger().claim(),
            request.nonce(),
            link.sequence(),
            link.previous(),
            request.keepSnapshot(),
            request.compareWith(),
            policies.maxPause(request.vm()));
    CaptureResult result = host.call(c -> c.capture(capture, ProgressListener.NONE));
    SignedReport made = HostReports.parse(result.signedReport());
    if (result.snapshotKept()) {
      unsent.watch(transactions, made.report().snapshot());
    }
    SignedReport report = HostReports.enrolled(made, key);
    chains.advance(request.vm(), link.sequence(), report.digest());
    messages.send(report, result.canonicalConfig(), result.guest(), result.snapshotKept());
    return new Sent(report, result);
  }
}
