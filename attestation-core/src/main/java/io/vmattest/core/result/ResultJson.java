// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import static io.vmattest.core.json.JsonImplementation.JSON;

import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;

/** A result as JSON, for people and for clients that only look; nothing vouches for it. */
public final class ResultJson {
  private ResultJson() {}

  public static JsonObject of(SignedResult signed) {
    AttestationResult result = signed.result();
    JsonObjectBuilder vector = JSON.createObjectBuilder();
    result.vector().claims().forEach((claim, value) -> vector.add(claim.text(), value));
    JsonArrayBuilder policies = JSON.createArrayBuilder();
    result.policies().forEach(policies::add);
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("digest", signed.digest().hex())
            .add("key", signed.key().hex())
            .add("profile", AttestationResult.PROFILE)
            .add("issuedAt", result.issuedAt().toString())
            .add("developer", result.verifier().developer())
            .add("build", result.verifier().build())
            .add("status", result.status().text())
            .add("trustworthiness", vector)
            .add("policies", policies);
    addVm(json, result.vm());
    return json.build();
  }

  private static void addVm(JsonObjectBuilder json, VmResult vm) {
    json.add("id", vm.id().toString())
        .add("vm", vm.vm().toString())
        .add("verdict", vm.verdict().name())
        .add("at", vm.at().toString())
        .add("reason", vm.reason());
    vm.baseline().ifPresent(digest -> json.add("baseline", digest.hex()));
    vm.report()
        .ifPresent(
            report -> json.add("report", report.digest().hex()).add("sequence", report.sequence()));
    JsonArrayBuilder components = JSON.createArrayBuilder();
    vm.components().forEach(components::add);
    JsonArrayBuilder discrepancies = JSON.createArrayBuilder();
    vm.discrepancies().forEach(d -> discrepancies.add(DiscrepancyJson.of(d)));
    json.add("components", components)
        .add("differingPages", vm.differingPages())
        .add("found", vm.found())
        .add("discrepancies", discrepancies);
  }
}
