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

/** Lists the cases. */
@Command(
    name = "list",
    description = {
      "Lists rollbacks that ended, the last one first. A case's ID is the index of its entry in the",
      "ledger, which never changes."
    })
public final class CaseListCommand extends ServerCommand {
  private static final String ROW = "%6s  %-24s  %-36s  %-15s  %s";

  @Parameters(paramLabel = "VM", arity = "0..1", description = "Identifier or name; else all.")
  Optional<String> vm = Optional.empty();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many to list; ${DEFAULT-VALUE} if not given.")
  int limit;

  @Option(
      names = "--discrepant",
      description = "Lists verdicts with discrepancies instead, whatever was done about them.")
  boolean discrepant;

  public CaseListCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    String query = (discrepant ? "/cases/discrepant" : "/cases") + "?limit=" + limit;
    if (vm.isPresent()) {
      query += "&vm=" + RestClient.escape(Vm.find(client, vm.get()).id().toString());
    }
    JsonObject answer = client.get(query);
    List<JsonObject> cases = Answers.objects(answer, "cases");
    if (!cases.isEmpty()) {
      output.line(ROW.formatted("ID", "AT", "VM", "OUTCOME", "WHAT"));
    }
    for (JsonObject one : cases) {
      output.line(
          ROW.formatted(
              Answers.integer(one, "id"),
              Answers.text(one, "at"),
              Answers.text(one, "vm"),
              Answers.text(one, "outcome"),
              Answers.text(one, "summary")));
    }
    output.line(cases.size() + " cases.");
    output.json(answer);
    return ExitCodes.VERIFIED;
  }
}
