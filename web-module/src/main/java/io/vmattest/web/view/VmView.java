// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.core.appraisal.Verdict;
import io.vmattest.server.fleet.Fleet;
import io.vmattest.server.ledger.VmState;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** VMs of the inventory. */
public final class VmView {
  private VmView() {}

  public static JsonObject of(List<Fleet.Member> members, Instant now) {
    JsonArrayBuilder vms = JSON.createArrayBuilder();
    members.forEach(member -> vms.add(of(member, now)));
    return JSON.createObjectBuilder().add("vms", vms).build();
  }

  /** A VM that nothing was concluded of yet is UNVERIFIABLE. */
  public static JsonObject of(Fleet.Member member, Instant now) {
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("id", member.id().toString())
            .add("name", member.name())
            .add("state", member.runState())
            .add("memoryBytes", member.memoryBytes())
            .add("vcpus", member.vcpus())
            .add(
                "verdict",
                member.state().flatMap(VmState::verdict).orElse(Verdict.UNVERIFIABLE).name());
    member.state().ifPresent(state -> lastReport(json, state, now));
    return json.build();
  }

  private static void lastReport(JsonObjectBuilder json, VmState state, Instant now) {
    json.add(
        "lastReport",
        JSON.createObjectBuilder()
            .add("digest", state.lastDigest().hex())
            .add("sequence", state.lastSequence())
            .add("issuedAt", state.lastIssuedAt().toString()));
    json.add("ageSeconds", Math.max(0, Duration.between(state.lastIssuedAt(), now).toSeconds()));
  }
}
