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

/** Drops a kept snapshot. */
@Command(
    name = "drop",
    description = {
      "Drops a snapshot: the virtual machine cannot be put back to it any more.",
      "The baseline's is refused, the last rollback's suspect too until its case is closed."
    })
public final class SnapshotsDropCommand extends ServerCommand {
  @Parameters(index = "0", paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  @Parameters(index = "1", paramLabel = "SNAPSHOT", description = "Digest, or how it begins.")
  String snapshot = "";

  public SnapshotsDropCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    Vm machine = Vm.find(client, vm);
    String digest = SnapshotReference.digest(client, machine, snapshot);
    client.delete(machine.path() + "/snapshots/" + digest);
    output.line("Dropped snapshot " + digest + ".");
    output.json(JSON.createObjectBuilder().add("dropped", digest).build());
    return ExitCodes.VERIFIED;
  }
}
