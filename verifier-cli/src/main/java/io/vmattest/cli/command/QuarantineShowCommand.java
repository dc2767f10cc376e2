// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows a VM's quarantine. */
@Command(
    name = "show",
    description = "Shows a virtual machine's quarantine; exit code 3 if it is in none.")
public final class QuarantineShowCommand extends ServerCommand {
  @Parameters(paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  public QuarantineShowCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    JsonObject answer = client.get(Vm.find(client, vm).path() + "/quarantine");
    output.line(
        "In quarantine since %s: %s"
            .formatted(Answers.text(answer, "since"), Answers.text(answer, "kind")));
    for (String link : Answers.texts(answer, "links")) {
      output.line("Link down: " + link);
    }
    output.json(answer);
    return ExitCodes.VERIFIED;
  }
}
