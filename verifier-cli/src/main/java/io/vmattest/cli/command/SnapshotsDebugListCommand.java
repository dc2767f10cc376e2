// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Lists clones. */
@Command(name = "list", description = "Lists the clones of a virtual machine's snapshots.")
public final class SnapshotsDebugListCommand extends ServerCommand {
  @Parameters(paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  public SnapshotsDebugListCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    String path = Vm.find(client, vm).path() + "/snapshots";
    JsonArrayBuilder all = JSON.createArrayBuilder();
    for (JsonObject snapshot : Answers.objects(client.get(path), "snapshots")) {
      if (isDebugged(snapshot)) {
        String clones =
            path + "/" + RestClient.escape(Answers.text(snapshot, "digest")) + "/debug-clones";
        for (JsonObject clone : Answers.objects(client.get(clones), "clones")) {
          CloneLines.print(output, clone);
          all.add(clone);
        }
      }
    }
    output.json(JSON.createObjectBuilder().add("clones", all).build());
    return ExitCodes.VERIFIED;
  }

  private static boolean isDebugged(JsonObject snapshot) {
    return snapshot.get("pinnedBy") instanceof JsonArray pins
        && pins.stream()
            .anyMatch(
                pin -> pin instanceof JsonString text && text.getString().equals("DEBUG_CLONE"));
  }
}
