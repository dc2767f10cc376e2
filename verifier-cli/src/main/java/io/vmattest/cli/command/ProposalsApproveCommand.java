// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Approves a proposal. */
@Command(
    name = "approve",
    description = {
      "Approves a proposal, or confirms one that a policy made.",
      "It runs once two people with two certificates want it."
    })
public final class ProposalsApproveCommand extends ServerCommand {
  @Parameters(paramLabel = "PROPOSAL", description = "Identifier.")
  String proposal = "";

  public ProposalsApproveCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    String path = "/proposals/" + RestClient.escape(proposal) + "/approvals";
    JsonObject answer = client.post(path, JsonValue.EMPTY_JSON_OBJECT).document();
    output.line(
        answer.containsKey("proposal")
            ? "Confirmed: another person has to approve it."
            : "Approved: it runs as operation " + Answers.text(answer, "id") + ".");
    output.json(answer);
    return ExitCodes.VERIFIED;
  }
}
