// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Starts a clone. */
@Command(
    name = "start",
    description = {
      "Starts a snapshot as a paused clone and says where gdb finds it. Every page is checked",
      "against the attested tree first; a damaged snapshot gives no clone. Role admin: it is all of",
      "the guest's memory, for everybody on the host while the clone is there. It is recorded."
    })
public final class SnapshotsDebugStartCommand extends ServerCommand {
  @Parameters(index = "0", paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  @Parameters(index = "1", paramLabel = "SNAPSHOT", description = "Digest, or how it begins.")
  String snapshot = "";

  @Option(
      names = "--minutes",
      defaultValue = "60",
      paramLabel = "N",
      description = "How long it lives at most, up to 480; ${DEFAULT-VALUE} if not given.")
  int minutes;

  @Option(names = "--why", defaultValue = "", paramLabel = "TEXT", description = "For the ledger.")
  String why = "";

  public SnapshotsDebugStartCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    Vm machine = Vm.find(client, vm);
    String digest = SnapshotReference.digest(client, machine, snapshot);
    JsonObjectBuilder request = JSON.createObjectBuilder().add("minutes", minutes);
    if (!why.isEmpty()) {
      request.add("why", why);
    }
    String path = machine.path() + "/snapshots/" + digest + "/debug-clones";
    JsonObject clone = client.post(path, request.build()).document();
    CloneLines.print(output, clone);
    output.json(clone);
    return ExitCodes.VERIFIED;
  }
}
