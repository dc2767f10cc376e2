// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Bytes;
import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Lists the kept snapshots. */
@Command(
    name = "list",
    description = "Lists a virtual machine's snapshots, oldest first, and what keeps each.")
public final class SnapshotsListCommand extends ServerCommand {
  private static final String ROW = "%-64s  %-24s  %-7s  %-9s  %-12s  %s";

  @Parameters(paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  public SnapshotsListCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    JsonObject answer = client.get(Vm.find(client, vm).path() + "/snapshots");
    List<JsonObject> snapshots = Answers.objects(answer, "snapshots");
    if (!snapshots.isEmpty()) {
      output.line(ROW.formatted("SNAPSHOT", "CAPTURED", "REPORT", "MODE", "DISKS", "KEPT BY"));
    }
    for (JsonObject snapshot : snapshots) {
      output.line(
          ROW.formatted(
                  Answers.text(snapshot, "digest"),
                  Answers.text(snapshot, "at"),
                  snapshot.containsKey("sequence") ? Answers.integer(snapshot, "sequence") : "-",
                  snapshot.getString("mode", "-"),
                  joined(snapshot, "disks"),
                  joined(snapshot, "pinnedBy"))
              .stripTrailing());
    }
    output.line(
        "%d snapshots take %s."
            .formatted(snapshots.size(), Bytes.text(Answers.integer(answer, "bytes"))));
    output.json(answer);
    return ExitCodes.VERIFIED;
  }

  private static String joined(JsonObject snapshot, String member) {
    return snapshot.get(member) instanceof JsonArray array
        ? array.stream()
            .filter(JsonString.class::isInstance)
            .map(value -> ((JsonString) value).getString())
            .collect(Collectors.joining(","))
        : "";
  }
}
