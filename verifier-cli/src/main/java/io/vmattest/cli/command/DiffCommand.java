// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says what two reports differ in. */
@Command(
    name = "diff",
    description = {
      "Says what two reports of a virtual machine differ in, in the guest's own terms where it could"
          + " be read.",
      "The machine's policy is not asked. Exit code 0 if nothing differs, 1 if something does."
    })
public final class DiffCommand extends ServerCommand {
  @Parameters(
      index = "0",
      paramLabel = "A",
      converter = ReportReference.Converter.class,
      description = "The earlier report: its digest, or with --vm its number.")
  ReportReference first = new ReportReference("");

  @Parameters(
      index = "1",
      paramLabel = "B",
      converter = ReportReference.Converter.class,
      description = "The later one.")
  ReportReference second = new ReportReference("");

  @Option(names = "--vm", paramLabel = "VM", description = "Whose numbers are meant.")
  Optional<String> vm = Optional.empty();

  public DiffCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    Optional<Vm> machine =
        vm.isPresent() ? Optional.of(Vm.find(client, vm.get())) : Optional.empty();
    JsonObject answer =
        client.get(
            "/attestations/%s/differences/%s"
                .formatted(first.digest(client, machine), second.digest(client, machine)));
    output.line("A  " + state(Answers.object(answer, "first")));
    output.line("B  " + state(Answers.object(answer, "second")));
    List<JsonObject> discrepancies = Answers.objects(answer, "discrepancies");
    DiscrepancyLines lines = new DiscrepancyLines(output, "A", "B");
    for (JsonObject discrepancy : discrepancies) {
      lines.print(discrepancy);
    }
    output.line(
        discrepancies.isEmpty()
            ? "Nothing differs."
            : discrepancies.size()
                + (discrepancies.size() == 1 ? " difference." : " differences."));
    output.json(answer);
    return discrepancies.isEmpty() ? ExitCodes.VERIFIED : ExitCodes.VERIFIED_FALSE;
  }

  private static String state(JsonObject report) throws IOException {
    return "report %d, %s, captured %s"
        .formatted(
            Answers.integer(report, "sequence"),
            Answers.text(report, "mode"),
            Answers.text(report, "capturedAt"));
  }
}
