// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.verification;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.report.Digest;
import io.vmattest.core.result.DiscrepancyJson;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;

/** A verification as it is answered to clients. */
public final class VerificationJson {
  private VerificationJson() {}

  public static JsonObject of(Verification verification) {
    JsonArrayBuilder discrepancies = JSON.createArrayBuilder();
    verification.discrepancies().forEach(d -> discrepancies.add(DiscrepancyJson.of(d)));
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("id", verification.id().toString())
            .add("vm", verification.vm().toString())
            .add("verdict", verification.verdict().name());
    verification.baseline().map(Digest::hex).ifPresent(d -> json.add("baseline", d));
    verification.report().ifPresent(r -> json.add("report", r.digest().hex()));
    return json.add("at", verification.at().toString())
        .add("discrepancies", discrepancies)
        .add("differingPages", verification.differingPages())
        .build();
  }
}
