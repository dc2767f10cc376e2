// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Ends a clone. */
@Command(name = "stop", description = "Ends the clone of a snapshot and removes all that it had.")
public final class SnapshotsDebugStopCommand extends ServerCommand {
  @Parameters(index = "0", paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  @Parameters(index = "1", paramLabel = "SNAPSHOT", description = "Digest, or how it begins.")
  String snapshot = "";

  public SnapshotsDebugStopCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    Vm machine = Vm.find(client, vm);
    String digest = SnapshotReference.digest(client, machine, snapshot);
    String path = machine.path() + "/snapshots/" + digest + "/debug-clones";
    List<JsonObject> clones = Answers.objects(client.get(path), "clones");
    if (clones.isEmpty()) {
      throw new IOException("Snapshot " + digest + " has no clone.");
    }
    JsonArrayBuilder stopped = JSON.createArrayBuilder();
    for (JsonObject clone : clones) {
      client.delete(path + "/" + RestClient.escape(Answers.text(clone, "id")));
      output.line("Stopped " + Answers.text(clone, "name") + ".");
      stopped.add(Answers.text(clone, "id"));
    }
    output.json(JSON.createObjectBuilder().add("stopped", stopped).build());
    return ExitCodes.VERIFIED;
  }
}
