// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.result;

import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.report.Digest;
import io.vmattest.core.result.AttestationResult;
import io.vmattest.core.result.Checked;
import io.vmattest.core.result.SignedResult;
import io.vmattest.core.result.VerifierId;
import io.vmattest.core.result.VmResult;
import io.vmattest.server.ledger.ResultSigners;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/** Makes signed results, in the name of this build. */
@ApplicationScoped
public class ResultIssuer {
  private static final VerifierId VERIFIER =
      new VerifierId("https://vmattest.io", "VM Attest " + version());

  @Inject ResultSigners signers;
  @Inject Clock clock;

  /**
   * Signs.
   *
   * @param checked what it rests on
   * @param discrepancies all of them, of which the result may name less
   * @param policy digest of the JSON of the policy that was applied
   * @throws io.vmattest.server.problem.ServiceException with HSM_UNAVAILABLE
   */
  public SignedResult issue(
      VmResult vm, Checked checked, List<Discrepancy> discrepancies, Optional<Digest> policy) {
    return signers.sign(
        AttestationResult.of(
            clock.instant(),
            VERIFIER,
            checked,
            discrepancies,
            policy.map(AttestationResult::policyId).stream().toList(),
            vm));
  }

  private static String version() {
    return Optional.ofNullable(ResultIssuer.class.getPackage().getImplementationVersion())
        .orElse("(not packaged)");
  }
}
