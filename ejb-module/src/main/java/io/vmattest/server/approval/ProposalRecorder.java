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

  /**
   * A person's step, or the clock's or a policy's.
   *
   * @param by empty for those
   */
  public void record(Proposal proposal, String step, Optional<Person> by) {
    Map<String, String> values = values(proposal, step);
    by.ifPresent(
        person -> {
          values.put("by", person.name());
          values.put("certificate", person.certificate().hex());
        });
    String who =
        by.map(Person::name).orElse(step.equals("PROPOSED") ? "the VM's policy" : "the clock");
    String summary =
        proposal.subject().title() + " was " + step.toLowerCase(Locale.ROOT) + " by " + who;
    steps.record(proposal.vm(), new Step(ServerEvent.Type.PROPOSAL, summary, values));
  }

  /**
   * What happened to one that was approved.
   *
   * @param more values, one of them "detail": one sentence
   */
  public void record(Proposal proposal, String step, Map<String, String> more) {
    steps.record(proposal.vm(), happened(proposal, step, more));
  }

  /** The same in a transaction of its own, unless the very same was recorded already. */
  public void recordOnce(Proposal proposal, String step, Map<String, String> more) {
    steps.recordOnce(proposal.vm(), happened(proposal, step, more));
  }

  private static Step happened(Proposal proposal, String step, Map<String, String> more) {
    Map<String, String> values = values(proposal, step);
    values.putAll(more);
    return new Step(
        ServerEvent.Type.PROPOSAL,
        "%s that was approved: %s, %s"
            .formatted(
                proposal.subject().title(),
                step.toLowerCase(Locale.ROOT),
                more.getOrDefault("detail", "")),
        values);
  }

  private static Map<String, String> values(Proposal proposal, String step) {
    Map<String, String> values = new TreeMap<>();
    values.put("proposal", proposal.id().toString());
    values.put("step", step);
    values.putAll(proposal.subject().values(proposal.why()));
    return values;
  }
}
