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

/** Shows what is inside a guest. */
@Command(
    name = "inspect",
    description = {
      "Shows a guest's kernel, processes, modules, sockets and mounts, and what is wrong with them.",
      "The virtual machine is attested now, unless --report names a report.",
      "Exit code 1 if something is CRITICAL, 3 if the guest could not be read."
    })
public final class InspectCommand extends ServerCommand {
  @Parameters(paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  @Option(
      names = "--report",
      paramLabel = "REPORT",
      converter = ReportReference.Converter.class,
      description = "What was seen for this report: its digest, or its number.")
  Optional<ReportReference> report = Optional.empty();

  @Option(names = "--all", description = "Threads of the kernel and unconnected sockets, too.")
  boolean all;

  public InspectCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    Vm machine = Vm.find(client, vm);
    JsonObject answer = client.get("/attestations/" + digest(client, machine) + "/guest");
    JsonObject guest = Answers.object(answer, "guest");
    JsonObject state = Answers.object(answer, "report");
    output.line(
        "%s, report %d, captured %s"
            .formatted(vm, Answers.integer(state, "sequence"), Answers.text(state, "capturedAt")));
    output.json(answer);
    return new GuestPrinter(output, all).print(guest);
  }

  private String digest(RestClient client, Vm machine) throws IOException {
    if (report.isPresent()) {
      return report.get().digest(client, machine);
    }
    JsonObject request =
        JSON.createObjectBuilder().add("snapshot", false).add("baseline", false).build();
    return Answers.text(
        client.post(machine.path() + "/attestations", request).document(), "digest");
  }
}
