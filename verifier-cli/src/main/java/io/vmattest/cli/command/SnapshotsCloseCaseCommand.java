// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Closes the case of a suspect. */
@Command(
    name = "close-case",
    description = {
      "Says that the state which the last rollback replaced need not be kept any more.",
      "Its snapshot is then like any other: it may be dropped."
    })
public final class SnapshotsCloseCaseCommand extends ServerCommand {
  @Parameters(index = "0", paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  @Parameters(index = "1", paramLabel = "SNAPSHOT", description = "Digest, or how it begins.")
  String snapshot = "";

  public SnapshotsCloseCaseCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    Vm machine = Vm.find(client, vm);
    String digest = SnapshotReference.digest(client, machine, snapshot);
    JsonObject answer =
        client
            .post(
                machine.path() + "/snapshots/" + digest + "/case-closures",
                JsonValue.EMPTY_JSON_OBJECT)
            .document();
    output.line("No open case keeps snapshot " + digest + " any more.");
    output.json(answer);
    return ExitCodes.VERIFIED;
  }
}
