// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Has a VM captured now and compared with its baseline. */
@Command(
    name = "verify",
    description = {
      "Captures a virtual machine now and compares it with its baseline.",
      "Exit code 0 if it is VERIFIED, 1 if it is DISCREPANT, 3 if nothing can be said."
    })
public final class VerifyCommand extends ServerCommand {
  @Parameters(paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  public VerifyCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    JsonObject answer =
        client
            .post(Vm.find(client, vm).path() + "/verifications", JSON.createObjectBuilder().build())
            .document();
    String verdict = Answers.text(answer, "verdict");
    output.line("%s at %s".formatted(verdict, Answers.text(answer, "at")));
    List<JsonObject> discrepancies = Answers.objects(answer, "discrepancies");
    DiscrepancyLines lines = new DiscrepancyLines(output, "expected", "actual  ");
    for (JsonObject discrepancy : discrepancies) {
      lines.print(discrepancy);
    }
    output.json(answer);
    return ExitCodes.ofVerdict(verdict);
  }
}
