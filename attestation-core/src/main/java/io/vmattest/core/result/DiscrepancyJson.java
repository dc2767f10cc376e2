// SPDX-License-Identifier: Apache-2.0
package io.vmattest.core.result;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.appraisal.Discrepancy;
import io.vmattest.core.guest.PageProofJson;
import jakarta.json.JsonObjectBuilder;

/** One difference as JSON, as it is part of others' answers, too. */
public final class DiscrepancyJson {
  private DiscrepancyJson() {}

  public static JsonObjectBuilder of(Discrepancy d) {
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
