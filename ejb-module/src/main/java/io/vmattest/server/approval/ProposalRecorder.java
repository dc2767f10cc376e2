// SPDX-License-Identifier: Apache-2.0
package io.vmattest.server.approval;

import io.vmattest.server.events.ServerEvent;
import io.vmattest.server.steps.StepRecorder;
import io.vmattest.server.steps.StepRecorder.Step;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Records the steps of proposals with who made them, in the caller's transaction. */
@ApplicationScoped
public class ProposalRecorder {
  @Inject StepRecorder steps;

  public void record(Proposal proposal, String step, Optional<Person> by) {
    Map<String, String> values = new TreeMap<>();
    values.put("proposal", proposal.id().toString());
    values.put("step", step);
    values.put("report", proposal.report().hex());
    proposal.cause().ifPresent(cause -> values.put("cause", cause.hex()));
    proposal
        .window()
        .ifPresent(
            window -> {
              values.put("window", window.toString());
              values.put("why", proposal.why());
            });
    by.ifPresent(
        person -> {
          values.put("by", person.name());
          values.put("certificate", person.certificate().hex());
        });
    String who =
        by.map(Person::name).orElse(step.equals("PROPOSED") ? "the VM's policy" : "the clock");
    steps.record(
        proposal.vm(),
        new Step(
            ServerEvent.Type.PROPOSAL,
            "%s was %s by %s"
                .formatted(
                    proposal.isRollback() ? "a rollback" : "a maintenance window",
                    step.toLowerCase(Locale.ROOT),
                    who),
            values));
  }
}
