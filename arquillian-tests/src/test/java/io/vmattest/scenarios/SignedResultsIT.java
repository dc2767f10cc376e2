// SPDX-License-Identifier: Apache-2.0
package io.vmattest.scenarios;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.core.report.Digest;
import io.vmattest.core.result.AttestationResult;
import io.vmattest.core.result.SignedResult;
import io.vmattest.core.result.TrustClaim;
import io.vmattest.core.result.TrustTier;
import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Verdicts as a relying party gets them: signed in the HSM, verified without the server. */
@ExtendWith(ArquillianExtension.class)
class SignedResultsIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final Testbed testbed = Testbed.get();
  private final Api admin = Api.as(testbed, "admin");

  @Test
  void everyVerdictIsASignedResultWhoseKeyOutlivesItsRotation() throws Exception {
    try (Guest guest = Guest.start(testbed, "results")) {
      Vm vm = new Vm(admin, guest.id());
      JsonObject baseline = vm.attestAsBaseline();
      Vm.expect(200, admin.put(vm.path("/policy"), "{}"));
      JsonObject good = vm.verify();
      SignedResult affirming = Results.latest(vm);
      assertEquals(good.getString("id"), affirming.result().vm().id().toString());
      assertEquals(TrustTier.AFFIRMING, affirming.result().status());
      assertEquals(
          Optional.of(baseline.getString("digest")),
          affirming.result().vm().baseline().map(Digest::hex));
      assertEquals(
          good.getString("report"), affirming.result().vm().report().orElseThrow().digest().hex());
      assertTrue(
          affirming.result().verifier().build().matches("VM Attest \\d.*"),
          () -> affirming.result().verifier().toString());
      assertFalse(
          affirming.result().vector().claims().containsKey(TrustClaim.HARDWARE), "swtpm is none");
      assertPolicyIsTheLedgers(vm, affirming.result());

      Vm.expect(200, admin.post("/ledger/keys", "{}"));
      guest.clearSmep();
      vm.verify();
      SignedResult bad = Results.latest(vm);
      assertEquals(Verdict.DISCREPANT, bad.result().vm().verdict());
      assertEquals(TrustTier.CONTRAINDICATED, bad.result().status());
      assertEquals(96, bad.result().vector().claims().get(TrustClaim.CONFIGURATION));
      assertTrue(
          bad.result().vm().discrepancies().stream()
              .anyMatch(d -> d.subject().equals("vcpu0 CR4")));
      assertNotEquals(affirming.key(), bad.key());
      affirming.verify(Results.keys(admin));

      assertEquals("SUCCEEDED", vm.rollBack().getString("state"));
      SignedResult restored = Results.latest(vm);
      assertEquals(TrustTier.AFFIRMING, restored.result().status());
      assertTrue(restored.result().vm().reason().contains("rolled back"));
      assertTrue(restored.result().vm().components().contains("memory"));

      Vm.refused(404, "NO_SUCH_ENTRY", admin.get("/results/0"));
      assertEquals(403, Api.as(testbed, "viewer").get(vm.path("/results/latest")).status());
      assertEquals(List.of(), Operations.ledgerFindings(admin));
    }
  }

  private void assertPolicyIsTheLedgers(Vm vm, AttestationResult result) throws Exception {
    List<JsonObject> policies =
        LedgerReader.of(LedgerReader.all(Api.as(testbed, "auditor")), "POLICY", vm.id());
    assertEquals(
        List.of(
            AttestationResult.POLICY_PREFIX
                + policies.get(policies.size() - 1).getString("bodyDigest")),
        result.policies());
  }
}
