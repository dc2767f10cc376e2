// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.verification;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.guest.PageProofJson;
import io.vmattest.core.report.Digest;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;

/** A verification as it stands in the ledger and is answered to clients. */
public final class VerificationJson {
  private VerificationJson() {}

  public static JsonObject of(Verification verification) {
    JsonArrayBuilder discrepancies = JSON.createArrayBuilder();
    verification.discrepancies().forEach(d -> discrepancies.add(discrepancy(d)));
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("id", verification.id().toString())
            .add("vm", verification.vm().toString())
            .add("verdict", verification.verdict().name());
    verification.baseline().map(Digest::hex).ifPresent(d -> json.add("baseline", d));
    verification.report().map(Digest::hex).ifPresent(d -> json.add("report", d));
    return json.add("at", verification.at().toString())
        .add("discrepancies", discrepancies)
        .add("differingPages", verification.differingPages())
        .build();
  }

  /** One difference, as it is part of others' answers, too. */
  public static JsonObjectBuilder discrepancy(Discrepancy d) {
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("component", d.component())
            .add("severity", d.severity().name())
            .add("subject", d.subject());
    d.block().ifPresent(block -> json.add("block", block));
    d.offset().ifPresent(offset -> json.add("offset", offset));
    d.guestPhysicalAddress().ifPresent(address -> json.add("guestPhysicalAddress", address));
    d.length().ifPresent(length -> json.add("length", length));
    d.address().ifPresent(address -> json.add("address", "0x" + Long.toHexString(address)));
    d.proof().ifPresent(proof -> json.add("proof", PageProofJson.write(proof)));
    return json.add("expected", d.expected())
        .add("actual", d.actual())
        .add("explanation", d.explanation());
  }
}
