// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.output.ProgressLine;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpTimeoutException;
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
      "Exit code 0 if it is done, 1 if it failed and the machine is as it was, 3 if nothing is"
          + " known."
    })
public final class RollbackCommand extends ServerCommand {
  private static final Duration POLL = Duration.ofMillis(250);

  /** The reason of an operation whose server ended before it did. */
  private static final String INTERRUPTED = "INTERRUPTED";

  @Parameters(paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  @Option(
      names = "--report",
      paramLabel = "REPORT",
      converter = ReportReference.Converter.class,
      description = "Digest or number of the report; else the baseline.")
  Optional<ReportReference> report = Optional.empty();

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
    Instant deadline = Instant.now().plusSeconds(timeoutSeconds);
    RestClient patient = client.within(Duration.ofSeconds(timeoutSeconds));
    Vm machine = Vm.find(patient, vm);
    JsonObjectBuilder request = Json.createObjectBuilder();
    if (report.isPresent()) {
      request.add("report", report.get().digest(patient, machine));
    }
    JsonObject operation = patient.post(machine.path() + "/rollbacks", request.build()).document();
    operation = follow(client, operation, deadline);
    output.json(operation);
    return conclude(operation);
  }

  private int conclude(JsonObject operation) throws IOException {
    if (Answers.text(operation, "state").equals("SUCCEEDED")) {
      output.line("Rolled back.");
      return ExitCodes.VERIFIED;
    }
    if (problem(operation).getString("reason", "").equals(INTERRUPTED)) {
      // The restarted server's recovery finishes what was prepared, one way or the other.
      output.line(
          "The outcome is not known: %s. See what 'vmattest vms' and 'vmattest ledger' say."
              .formatted(reason(operation)));
      return ExitCodes.COULD_NOT_VERIFY;
    }
    output.line("Not rolled back: " + reason(operation));
    return ExitCodes.VERIFIED_FALSE;
  }

  private JsonObject follow(RestClient client, JsonObject started, Instant deadline)
      throws IOException {
    String path = "/operations/" + RestClient.escape(Answers.text(started, "id"));
    JsonObject operation = started;
    try (ProgressLine progress = new ProgressLine(output, System.console() != null)) {
      while (Answers.text(operation, "state").equals("RUNNING")) {
        pause();
        operation = ask(client, path, Duration.between(Instant.now(), deadline));
        progress.show(Answers.text(operation, "step"), Answers.number(operation, "fraction"));
      }
    }
    return operation;
  }

  private JsonObject ask(RestClient client, String operation, Duration left) throws IOException {
    try {
      if (!left.isNegative()) {
        return client.within(left).get(operation);
      }
    } catch (HttpTimeoutException e) {
      // Said below.
    }
    throw new IOException(
        "The rollback has not ended within %d s; it goes on as %s."
            .formatted(timeoutSeconds, operation));
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(POLL.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted; the rollback goes on");
    }
  }

  private static JsonObject problem(JsonObject operation) {
    return operation.get("problem") instanceof JsonObject problem
        ? problem
        : JsonValue.EMPTY_JSON_OBJECT;
  }

  private static String reason(JsonObject operation) {
    JsonObject problem = problem(operation);
    return problem.getString("detail", problem.getString("title", "no reason was given"));
  }
}
