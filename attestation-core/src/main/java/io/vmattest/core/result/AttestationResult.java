// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.report.Digest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * What a verifier says of a VM: an EAR with one appraisal.
 *
 * @param issuedAt iat, to the second
 * @param policies identifiers of the policies that were applied, in their order; may be empty
 */
public record AttestationResult(
    Instant issuedAt,
    VerifierId verifier,
    TrustTier status,
    TrustworthinessVector vector,
    List<String> policies,
    VmResult vm) {
  /** Its profile. */
  public static final String PROFILE = "tag:ietf.org,2026:rats/ear#04";

  /** The profile of the appraisal in it, which has our own claims. */
  public static final String VM_PROFILE = "tag:vmattest.io,2026:result/1";

  /** What policies' identifiers begin with; the digest of the policy's JSON follows, in hex. */
  public static final String POLICY_PREFIX = "tag:vmattest.io,2026:policy/sha-256/";

  public AttestationResult {
    issuedAt = issuedAt.truncatedTo(ChronoUnit.SECONDS);
    policies = List.copyOf(policies);
  }

  /** The result that a verdict amounts to. */
  public static AttestationResult of(
      Instant issuedAt,
      VerifierId verifier,
      Checked checked,
      List<Discrepancy> discrepancies,
      List<String> policies,
      VmResult vm) {
    TrustworthinessVector vector = TrustMapping.vector(vm.verdict(), checked, discrepancies);
    return new AttestationResult(
        issuedAt, verifier, TrustMapping.status(vm.verdict(), vector), vector, policies, vm);
  }

  /** How a policy is named whose JSON has this digest, as the ledger's entry of it has. */
  public static String policyId(Digest json) {
    return POLICY_PREFIX + json.hex();
  }

  /** Whether status, vector and verdict say the same. */
  public boolean isConsistent() {
    Verdict verdict = vm.verdict();
    boolean concludes = verdict == Verdict.VERIFIED || verdict == Verdict.DISCREPANT;
    return status == TrustMapping.status(verdict, vector)
        && (verdict != Verdict.VERIFIED || status != TrustTier.CONTRAINDICATED)
        && (!concludes || (vm.report().isPresent() && vm.baseline().isPresent()))
        && vm.discrepancies().size() <= vm.found();
  }
}
