// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Rejects a proposal. */
@Command(name = "reject", description = "Closes a proposal: it does not run.")
public final class ProposalsRejectCommand extends ServerCommand {
  @Parameters(paramLabel = "PROPOSAL", description = "Identifier.")
  String proposal = "";

  public ProposalsRejectCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    String path = "/proposals/" + RestClient.escape(proposal) + "/rejections";
    JsonObject answer = client.post(path, JsonValue.EMPTY_JSON_OBJECT).document();
    output.line(ProposalLines.of(answer));
    output.json(answer);
    return ExitCodes.VERIFIED;
  }
}
