// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import io.vmattest.cli.settings.UsageException;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Begins a window of maintenance. */
@Command(
    name = "begin",
    description = {
      "Begins a window of maintenance.",
      "Exit code 1 if another person has to approve it first."
    })
public final class MaintenanceBeginCommand extends ServerCommand {
  @Parameters(paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  @Option(names = "--why", required = true, paramLabel = "TEXT", description = "For the ledger.")
  String why = "";

  @Option(
      names = "--for",
      required = true,
      paramLabel = "TIME",
      description = "How long at most, such as 2h, 90m or PT2H.")
  String time = "";

  public MaintenanceBeginCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    JsonObject request =
        JSON.createObjectBuilder().add("why", why).add("for", duration().toString()).build();
    String path = Vm.find(client, vm).path() + "/maintenance";
    JsonObject answer = client.post(path, request).document();
    boolean proposed = answer.containsKey("proposal");
    output.line(
        proposed
            ? "Another person has to approve proposal %s."
                .formatted(Answers.text(Answers.object(answer, "proposal"), "id"))
            : "In maintenance until %s.".formatted(Answers.text(answer, "until")));
    output.json(answer);
    return proposed ? ExitCodes.VERIFIED_FALSE : ExitCodes.VERIFIED;
  }

  private Duration duration() throws UsageException {
    String upper = time.toUpperCase(Locale.ROOT);
    try {
      return Duration.parse(upper.startsWith("P") ? upper : "PT" + upper);
    } catch (DateTimeParseException e) {
      throw new UsageException("--for: " + time + " is no time such as 2h or 90m.");
    }
  }
}
