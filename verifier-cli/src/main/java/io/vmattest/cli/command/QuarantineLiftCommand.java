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

/** Brings a VM back from quarantine. */
@Command(
    name = "lift",
    description = "Brings a virtual machine back in the run state and with the links that it had.")
public final class QuarantineLiftCommand extends ServerCommand {
  @Parameters(paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  public QuarantineLiftCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    Vm machine = Vm.find(client, vm);
    client.delete(machine.path() + "/quarantine");
    output.line("The quarantine is lifted.");
    output.json(JSON.createObjectBuilder().add("lifted", machine.id().toString()).build());
    return ExitCodes.VERIFIED;
  }
}
