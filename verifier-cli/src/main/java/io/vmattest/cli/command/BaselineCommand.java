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
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows or sets what a VM is compared with. */
@Command(
    name = "baseline",
    description = "Shows what a virtual machine is compared with, or sets it.")
public final class BaselineCommand extends ServerCommand {
  @Parameters(paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  @Option(
      names = "--set",
      paramLabel = "REPORT",
      converter = ReportReference.Converter.class,
      description = "Digest or number of the report to compare with from now on.")
  Optional<ReportReference> set = Optional.empty();

  public BaselineCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    Vm machine = Vm.find(client, vm);
    String path = machine.path() + "/baseline";
    JsonObject answer;
    if (set.isPresent()) {
      String digest = set.get().digest(client, machine);
      answer = client.put(path, JSON.createObjectBuilder().add("report", digest).build());
    } else {
      answer = client.get(path);
    }
    output.line("Baseline: report " + Answers.text(answer, "report"));
    output.json(answer);
    return ExitCodes.VERIFIED;
  }
}
