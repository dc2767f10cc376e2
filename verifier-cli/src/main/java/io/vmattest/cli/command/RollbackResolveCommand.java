// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Ends a rollback that the server's transaction manager does not know any more. */
@Command(
    name = "resolve",
    description = {
      "Ends a rollback in doubt whose transaction is lost, one way or the other. Needs role admin.",
      "Refused while the server itself or its recovery may decide it.",
      "Exit code 0 if it is done, 1 if it failed."
    })
public final class RollbackResolveCommand extends ServerCommand {
  @Parameters(paramLabel = "ID", description = "As 'vmattest rollback list' has it.")
  String id = "";

  @ArgGroup(multiplicity = "1")
  Outcome outcome = new Outcome();

  /** One of both. */
  static final class Outcome {
    @Option(names = "--commit", description = "The machine goes on from the attested snapshot.")
    boolean commit;

    @Option(names = "--undo", description = "The replaced state comes back.")
    boolean undo;
  }

  @Option(names = "--why", required = true, paramLabel = "TEXT", description = "For the ledger.")
  String why = "";

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "1800",
      description = "How long to follow it; ${DEFAULT-VALUE} if not given.")
  long timeoutSeconds;

  public RollbackResolveCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    Instant deadline = Instant.now().plusSeconds(timeoutSeconds);
    JsonObject request =
        JSON.createObjectBuilder()
            .add("outcome", outcome.commit ? "COMMIT" : "ROLL_BACK")
            .add("why", why)
            .build();
    JsonObject started =
        client.post("/rollbacks/" + RestClient.escape(id) + "/resolution", request).document();
    JsonObject operation =
        new FollowedOperation("resolution", output, deadline).follow(client, started);
    output.json(operation);
    if (Answers.text(operation, "state").equals("SUCCEEDED")) {
      output.line("Resolved.");
      return ExitCodes.VERIFIED;
    }
    output.line("Not resolved: " + FollowedOperation.reason(operation));
    return ExitCodes.VERIFIED_FALSE;
  }
}
