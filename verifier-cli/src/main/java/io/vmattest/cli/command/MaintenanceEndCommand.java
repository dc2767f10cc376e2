// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Ends a window of maintenance. */
@Command(
    name = "end",
    description = {
      "Ends a window of maintenance: the server takes the new baseline in the background.",
      "If that fails, the window stays open, and the ledger says why."
    })
public final class MaintenanceEndCommand extends ServerCommand {
  @Parameters(paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  public MaintenanceEndCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    Vm machine = Vm.find(client, vm);
    client.delete(machine.path() + "/maintenance");
    output.line("The new baseline is being taken.");
    output.json(JSON.createObjectBuilder().add("ending", machine.id().toString()).build());
    return ExitCodes.VERIFIED;
  }
}
