// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.rest.Answers;
import jakarta.json.JsonObject;
import java.io.IOException;

/** Proposals for people. */
final class ProposalLines {
  private ProposalLines() {}

  static String of(JsonObject proposal) throws IOException {
    return "%s  %s  VM %s  report %.16s  %s%s%s"
        .formatted(
            Answers.text(proposal, "id"),
            Answers.text(proposal, "state"),
            Answers.text(proposal, "vm"),
            Answers.text(proposal, "report"),
            Answers.text(proposal, "why"),
            person(proposal, "first"),
            person(proposal, "second"));
  }

  private static String person(JsonObject proposal, String which) throws IOException {
    return proposal.containsKey(which)
        ? "  %s: %s".formatted(which, Answers.text(Answers.object(proposal, which), "name"))
        : "";
  }
}
