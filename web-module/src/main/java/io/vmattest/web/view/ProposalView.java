// SPDX-License-Identifier: Apache-2.0
package io.vmattest.web.view;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.server.approval.Person;
import io.vmattest.server.approval.Proposal;
import io.vmattest.server.approval.Subject;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;

/** What was proposed, and what became of it. */
public final class ProposalView {
  private ProposalView() {}

  public static JsonObject of(List<Proposal> proposals) {
    JsonArrayBuilder array = JSON.createArrayBuilder();
    proposals.forEach(proposal -> array.add(of(proposal)));
    return JSON.createObjectBuilder().add("proposals", array).build();
  }

  public static JsonObject of(Proposal proposal) {
    JsonObjectBuilder json =
        JSON.createObjectBuilder()
            .add("id", proposal.id().toString())
            .add("vm", proposal.vm().toString())
            .add("state", proposal.state().name())
            .add("why", proposal.why())
            .add("report", proposal.subject().report().hex())
            .add("byPolicy", proposal.isByPolicy())
            .add("madeAt", proposal.madeAt().toString())
            .add("expiresAt", proposal.expiresAt().toString());
    if (proposal.subject() instanceof Subject.MaintenanceWindow window) {
      json.add("window", window.length().toString());
    }
    proposal.first().ifPresent(person -> json.add("first", of(person)));
    proposal.second().ifPresent(person -> json.add("second", of(person)));
    return json.build();
  }

  private static JsonObject of(Person person) {
    return JSON.createObjectBuilder()
        .add("name", person.name())
        .add("certificate", person.certificate().hex())
        .build();
  }
}
