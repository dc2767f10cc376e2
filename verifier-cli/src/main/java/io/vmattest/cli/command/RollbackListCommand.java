// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;

/** Lists the rollbacks that are not over. */
@Command(
    name = "list",
    description = {
      "Lists the rollbacks that are not over, and whether they wait for a decision.",
      "DOUBT is 'yes' if the server's recovery decides, 'resolve' if it does not know the rollback"
          + " and a person has to (see resolve).",
      "Exit code 1 if a rollback is in doubt or a record is damaged."
    })
public final class RollbackListCommand extends ServerCommand {
  private static final String ROW = "%-64s  %-36s  %-18s  %-24s  %s";

  public RollbackListCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    JsonObject answer = client.get("/rollbacks");
    List<JsonObject> rollbacks = Answers.objects(answer, "rollbacks");
    List<JsonObject> damaged = Answers.objects(answer, "damaged");
    if (!rollbacks.isEmpty()) {
      output.line(ROW.formatted("ID", "VM", "PHASE", "SINCE", "DOUBT"));
    }
    boolean doubt = !damaged.isEmpty();
    for (JsonObject rollback : rollbacks) {
      doubt |= rollback.getBoolean("inDoubt", false);
      output.line(
          ROW.formatted(
              Answers.text(rollback, "id"),
              Answers.text(rollback, "vm"),
              Answers.text(rollback, "phase"),
              Answers.text(rollback, "since"),
              doubt(rollback)));
    }
    for (JsonObject record : damaged) {
      output.line("Damaged record: " + Answers.text(record, "file"));
    }
    output.line("%d rollbacks are open.".formatted(rollbacks.size()));
    output.json(answer);
    return doubt ? ExitCodes.VERIFIED_FALSE : ExitCodes.VERIFIED;
  }

  private static String doubt(JsonObject rollback) {
    if (rollback.getBoolean("resolvable", false)) {
      return "resolve";
    }
    return rollback.getBoolean("inDoubt", false) ? "yes" : "no";
  }
}
