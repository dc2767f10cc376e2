// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Durations;
import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Command;

/** Lists the virtual machines and what is known of them. */
@Command(name = "vms", description = "Lists the virtual machines, with verdict and last report.")
public final class VmsCommand extends ServerCommand {
  private static final String ROW = "%-36s  %-20s  %-10s  %-12s  %s";

  public VmsCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    JsonObject answer = client.get("/vms");
    output.line(ROW.formatted("ID", "NAME", "STATE", "VERDICT", "LAST REPORT"));
    for (JsonObject vm : Answers.objects(answer, "vms")) {
      output.line(
          ROW.formatted(
              Answers.text(vm, "id"),
              Answers.text(vm, "name"),
              Answers.text(vm, "state"),
              vm.getString("verdict", "-"),
              lastReport(vm)));
    }
    output.json(answer);
    return ExitCodes.VERIFIED;
  }

  private static String lastReport(JsonObject vm) throws IOException {
    if (!(vm.get("lastReport") instanceof JsonObject report)) {
      return "none";
    }
    String number = "number " + Answers.integer(report, "sequence");
    return vm.get("ageSeconds") instanceof JsonNumber age
        ? number + ", " + Durations.ofSeconds(age.longValue()) + " ago"
        : number;
  }
}
