// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.verification;

import io.vmattest.core.appraisal.AppraisalResult;
import io.vmattest.core.appraisal.AppraisedState;
import io.vmattest.core.appraisal.Appraiser;
import io.vmattest.core.appraisal.PageDifferences;
import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.report.Digest;
import io.vmattest.core.result.Checked;
import io.vmattest.server.attestation.Attestation;
import io.vmattest.server.attestation.AttestationRequest;
import io.vmattest.server.attestation.AttestationRequest.Trigger;
import io.vmattest.server.attestation.AttestationService;
import io.vmattest.server.host.HostGateway;
import io.vmattest.server.ledger.GuestDocuments;
import io.vmattest.server.ledger.StoredReport;
import io.vmattest.server.maintenance.Window;
import io.vmattest.server.maintenance.Windows;
import io.vmattest.server.policy.Baselines;
import io.vmattest.server.policy.Policies;
import io.vmattest.server.policy.VmPolicy;
import io.vmattest.server.problem.Problem;
import io.vmattest.server.problem.ServiceException;
import io.vmattest.server.reaction.Discrepant;
import io.vmattest.server.reaction.Reactions;
import io.vmattest.server.result.ReportStanding;
import jakarta.ejb.Stateless;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Takes the current state, compares it with the baseline, and acts as the policy says. */
@Stateless
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class VerificationService {
  /** Failures that say that no conclusion can be drawn, rather than that nothing was asked. */
  private static final Set<Problem> NO_CONCLUSION =
      Set.of(
          Problem.CAPTURE_FAILED,
          Problem.NOT_CONVERGING,
          Problem.MODE_UNAVAILABLE,
          Problem.TEE_UNAVAILABLE,
          Problem.ENROLMENT_REFUSED,
          Problem.REPORT_REJECTED,
          Problem.LEDGER_DAMAGED);

  /** Marks verdicts that are not reacted to. */
  static final String IN_MAINTENANCE = " (in maintenance, not reacted to)";

  @Inject AttestationService attestations;
  @Inject Baselines baselines;
  @Inject Policies policies;
  @Inject Verdicts verdicts;
  @Inject Reactions reactions;
  @Inject Windows windows;
  @Inject GuestDocuments guests;
  @Inject HostGateway host;
  @Inject Clock clock;

  /**
   * Verifies now. A failure after which nothing can be said of the VM makes it UNVERIFIABLE.
   *
   * @throws ServiceException if there is no fresh report to compare
   */
  public Verification verify(UUID vm, Trigger trigger) {
    Optional<StoredReport> baseline = Optional.empty();
    try {
      baseline = baselines.find(vm).map(Baselines.Baseline::report);
      Attestation now = attestations.attest(request(vm, trigger, baseline));
      Verification verification = compare(vm, baseline, now);
      Optional<Window> window = windows.find(vm);
      String reason =
          baseline.isPresent() ? Verdicts.reason(verification) : "the VM has no baseline";
      verdicts.record(verification, reason + window.map(w -> IN_MAINTENANCE).orElse(""));
      if (window.isEmpty()) {
        actOn(verification, baseline);
      }
      return verification;
    } catch (ServiceException e) {
      if (NO_CONCLUSION.contains(e.problem())) {
        verdicts.recordChange(unverifiable(vm, baseline, Optional.empty()), e.detail());
      }
      throw e;
    }
  }

  private AttestationRequest request(UUID vm, Trigger trigger, Optional<StoredReport> baseline) {
    Optional<Digest> snapshot = baseline.map(b -> b.report().snapshot()).filter(s -> isKept(vm, s));
    return new AttestationRequest(vm, trigger, Optional.empty(), false, false, snapshot);
  }

  private boolean isKept(UUID vm, Digest snapshot) {
    return host.call(c -> c.snapshots(vm)).contains(snapshot);
  }

  private Verification compare(UUID vm, Optional<StoredReport> baseline, Attestation now) {
    if (baseline.isEmpty()) {
      return unverifiable(vm, baseline, Optional.of(now.report()));
    }
    VmPolicy policy = policies.of(vm);
    AppraisedState state = guests.state(now.report());
    AppraisalResult result =
        Appraiser.appraise(
            guests.state(baseline.get()), state, policy.appraisal(), now.differences());
    return new Verification(
        UUID.randomUUID(),
        vm,
        result.verdict(),
        baseline.map(StoredReport::digest),
        Optional.of(ReportStanding.name(now.report())),
        clock.instant(),
        result.discrepancies(),
        now.differences().orElse(PageDifferences.NONE).totalPages(),
        ReportStanding.of(now.report(), result.components(), state.guest()),
        Optional.of(Policies.digest(vm, policy)));
  }

  private Verification unverifiable(
      UUID vm, Optional<StoredReport> baseline, Optional<StoredReport> report) {
    return inconclusive(vm, Verdict.UNVERIFIABLE, baseline, report);
  }

  private Verification inconclusive(
      UUID vm, Verdict verdict, Optional<StoredReport> baseline, Optional<StoredReport> report) {
    return new Verification(
        UUID.randomUUID(),
        vm,
        verdict,
        baseline.map(StoredReport::digest),
        report.map(ReportStanding::name),
        clock.instant(),
        List.of(),
        0,
        report.map(r -> ReportStanding.of(r, Set.of(), Optional.empty())).orElse(Checked.NOTHING),
        Optional.empty());
  }

  private void actOn(Verification verification, Optional<StoredReport> baseline) {
    if (verification.verdict() == Verdict.DISCREPANT) {
      baseline
          .map(report -> Discrepant.of(report, verification.discrepancies()))
          .ifPresent(reactions::react);
    }
  }

  /** Says that a VM's last report is older than it may be. */
  public void overdue(UUID vm, String reason) {
    verdicts.recordChange(
        inconclusive(vm, Verdict.OVERDUE, Optional.empty(), Optional.empty()), reason);
  }
}
