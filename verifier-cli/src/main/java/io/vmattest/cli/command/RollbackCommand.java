// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.output.ProgressLine;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vms;
import io.vmattest.cli.settings.Settings;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Puts a VM back to an attested snapshot, and follows it until it is done. */
@Command(
    name = "rollback",
    description = {
      "Puts a virtual machine back to the snapshot that was taken with a report.",
      "Exit code 0 if it is done, 1 if it failed and the machine is as it was, 3 if nothing is known."
    })
public final class RollbackCommand extends ServerCommand {
  private static final Duration POLL = Duration.ofMillis(250);

  @Parameters(paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  @Option(
      names = "--report",
      paramLabel = "REPORT",
      description = "Digest or number of the report; else the baseline.")
  Optional<String> report = Optional.empty();

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "1800",
      description = "How long to follow it; ${DEFAULT-VALUE} if not given.")
  long timeoutSeconds;

  public RollbackCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    String path = Vms.path(client, vm);
    JsonObjectBuilder request = Json.createObjectBuilder();
    if (report.isPresent()) {
      request.add("report", ReportReference.digest(client, path, report.get()));
    }
    JsonObject operation = client.post(path + "/rollbacks", request.build()).document();
    operation = follow(client, operation);
    output.json(operation);
    if (Answers.text(operation, "state").equals("SUCCEEDED")) {
      output.line("Rolled back.");
      return ExitCodes.VERIFIED;
    }
    output.line("Not rolled back: " + reason(operation));
    return ExitCodes.VERIFIED_FALSE;
  }

  private JsonObject follow(RestClient client, JsonObject started) throws IOException {
    String path = "/operations/" + RestClient.escape(Answers.text(started, "id"));
    Instant deadline = Instant.now().plusSeconds(timeoutSeconds);
    JsonObject operation = started;
    try (ProgressLine progress = new ProgressLine(output, System.console() != null)) {
      while (Answers.text(operation, "state").equals("RUNNING")) {
        if (Instant.now().isAfter(deadline)) {
          throw new IOException(
              "The rollback still runs after " + timeoutSeconds + " s, as operation " + path + ".");
        }
        pause();
        operation = client.get(path);
        progress.show(Answers.text(operation, "step"), Answers.number(operation, "fraction"));
      }
    }
    return operation;
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(POLL.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted; the rollback goes on");
    }
  }

  private static String reason(JsonObject operation) {
    return operation.get("problem") instanceof JsonObject problem
        ? problem.getString("detail", problem.getString("title", "no reason was given"))
        : "no reason was given";
  }
}
