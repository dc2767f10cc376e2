// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compares a snapshot with another, or with the VM as it is now. */
@Command(
    name = "diff",
    description = {
      "Says in which pages, registers and devices two snapshots differ.",
      "With 'current' as the second, the virtual machine is captured now; no snapshot is kept of that.",
      "Exit code 0 if nothing differs, 1 if something does."
    })
public final class SnapshotsDiffCommand extends ServerCommand {
  private static final String CURRENT = "current";
  private static final String ROW = "%-24s  %-14s  %-18s  %s";

  @Parameters(index = "0", paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  @Parameters(index = "1", paramLabel = "A", description = "Digest, or how it begins.")
  String first = "";

  @Parameters(index = "2", paramLabel = "B", description = "The same, or 'current'.")
  String second = "";

  @Option(
      names = "--limit",
      paramLabel = "RUNS",
      defaultValue = "100",
      description =
          "Most runs of pages that are listed, up to 4096; ${DEFAULT-VALUE} if not given.")
  int limit;

  public SnapshotsDiffCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    Vm machine = Vm.find(client, vm);
    String path =
        machine.path()
            + "/snapshots/"
            + SnapshotReference.digest(client, machine, first)
            + "/differences/";
    String query = "?limit=" + limit;
    JsonObject answer =
        second.equals(CURRENT)
            ? client.post(path + CURRENT + query, JsonValue.EMPTY_JSON_OBJECT).document()
            : client.get(path + SnapshotReference.digest(client, machine, second) + query);
    print(answer);
    output.json(answer);
    return differs(answer) ? ExitCodes.VERIFIED_FALSE : ExitCodes.VERIFIED;
  }

  private static boolean differs(JsonObject answer) throws IOException {
    return Answers.integer(answer, "differingPages") > 0
        || !Answers.objects(answer, "discrepancies").isEmpty();
  }

  private void print(JsonObject answer) throws IOException {
    output.line("A  " + state(Answers.object(answer, "first")));
    output.line("B  " + state(Answers.object(answer, "second")));
    DiscrepancyLines lines = new DiscrepancyLines(output, "A", "B");
    for (JsonObject discrepancy : Answers.objects(answer, "discrepancies")) {
      lines.print(discrepancy);
    }
    List<JsonObject> runs = Answers.objects(answer, "runs");
    if (!runs.isEmpty()) {
      output.line(ROW.formatted("RAM BLOCK", "OFFSET", "GUEST PHYSICAL", "PAGES"));
    }
    for (JsonObject run : runs) {
      output.line(
          ROW.formatted(
              Answers.text(run, "block"),
              "0x%x".formatted(Answers.integer(run, "offset")),
              run.get("guestPhysicalAddress") instanceof JsonNumber address
                  ? "0x%x".formatted(address.longValue())
                  : "-",
              Answers.integer(run, "pages")));
    }
    output.line(
        "%d pages differ%s."
            .formatted(
                Answers.integer(answer, "differingPages"),
                answer.getBoolean("truncated", false)
                    ? "; only the first " + runs.size() + " runs are listed"
                    : ""));
  }

  private static String state(JsonObject state) throws IOException {
    return "snapshot %s, report %d, captured %s"
        .formatted(
            Answers.text(state, "snapshot"),
            Answers.integer(state, "sequence"),
            Answers.text(state, "capturedAt"));
  }
}
