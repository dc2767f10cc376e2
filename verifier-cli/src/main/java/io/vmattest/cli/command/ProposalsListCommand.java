// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Command;

/** Lists proposals. */
@Command(name = "list", description = "Lists what was proposed, the latest first.")
public final class ProposalsListCommand extends ServerCommand {
  public ProposalsListCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    JsonObject answer = client.get("/proposals");
    for (JsonObject proposal : Answers.objects(answer, "proposals")) {
      output.line(ProposalLines.of(proposal));
    }
    output.json(answer);
    return ExitCodes.VERIFIED;
  }
}
