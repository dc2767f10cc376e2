// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Puts a VM back to an attested snapshot, and follows it until it is done. */
@Command(
    name = "rollback",
    description = {
      "Puts a virtual machine back to the snapshot that was taken with a report.",
      "Exit code 0 if it is done, 1 if it failed or was only proposed and the machine is as it was,"
          + " 3 if nothing is known."
    })
public final class RollbackCommand extends ServerCommand {
  /** The reason of an operation whose server ended before it did. */
  private static final String INTERRUPTED = "INTERRUPTED";

  /** Required, but not where a subcommand is named in its place. */
  @Parameters(
      arity = "0..1",
      paramLabel = "VM",
      description = "Identifier or name; the identifier if its name is that of a command.")
  String vm = "";

  @Spec
  @SuppressWarnings("NullAway.Init") // by picocli
  CommandSpec spec;

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

  @Option(
      names = "--dry-run",
      description = {
        "Say what it would do, and touch nothing.",
        "Exit code 0 if it would run or be proposed, 1 if it would be refused."
      })
  boolean dryRun;

  public RollbackCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  public Integer call() throws IOException {
    if (vm.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "Missing required parameter: 'VM'");
    }
    return super.call();
  }

  @Override
  int call(RestClient client) throws IOException {
    Instant deadline = Instant.now().plusSeconds(timeoutSeconds);
    RestClient patient = client.within(Duration.ofSeconds(timeoutSeconds));
    Vm machine = Vm.find(patient, vm);
    JsonObjectBuilder request = JSON.createObjectBuilder();
    if (report.isPresent()) {
      request.add("report", report.get().digest(patient, machine));
    }
    if (dryRun) {
      return preview(
          patient
              .post(machine.path() + "/rollbacks", request.add("dryRun", true).build())
              .document());
    }
    JsonObject started = patient.post(machine.path() + "/rollbacks", request.build()).document();
    if (started.containsKey("proposal")) {
      output.line(
          "Not rolled back yet: another person has to approve proposal %s."
              .formatted(Answers.text(Answers.object(started, "proposal"), "id")));
      output.json(started);
      return ExitCodes.VERIFIED_FALSE;
    }
    JsonObject operation =
        new FollowedOperation("rollback", output, deadline).follow(client, started);
    output.json(operation);
    return conclude(operation);
  }

  private int preview(JsonObject preview) throws IOException {
    String outcome = Answers.text(preview, "outcome");
    output.line(
        "Would go back to report %d of %s: %s"
            .formatted(
                Answers.integer(preview, "sequence"),
                Answers.text(preview, "capturedAt"),
                outcome));
    output.line(
        "The machine is %s, its policy's reaction is %s."
            .formatted(Answers.text(preview, "runState"), Answers.text(preview, "reaction")));
    for (JsonObject obstacle : Answers.objects(preview, "obstacles")) {
      output.line("In the way: " + Answers.text(obstacle, "detail"));
    }
    for (JsonObject limit : Answers.objects(preview, "limits")) {
      output.line("In the way of an automatic one: " + Answers.text(limit, "detail"));
    }
    output.json(preview);
    return outcome.equals("REFUSE") ? ExitCodes.VERIFIED_FALSE : ExitCodes.VERIFIED;
  }

  private int conclude(JsonObject operation) throws IOException {
    if (Answers.text(operation, "state").equals("SUCCEEDED")) {
      output.line("Rolled back.");
      printParts(operation);
      return ExitCodes.VERIFIED;
    }
    if (FollowedOperation.problem(operation).getString("reason", "").equals(INTERRUPTED)) {
      // The restarted server's recovery finishes what was prepared, one way or the other.
      output.line(
          "The outcome is not known: %s. See what 'vmattest vms' and 'vmattest ledger' say."
              .formatted(FollowedOperation.reason(operation)));
      return ExitCodes.COULD_NOT_VERIFY;
    }
    output.line("Not rolled back: " + FollowedOperation.reason(operation));
    return ExitCodes.VERIFIED_FALSE;
  }

  /** A server of an earlier version does not tell them. */
  private void printParts(JsonObject operation) throws IOException {
    if (operation.get("result") instanceof JsonObject result && result.containsKey("parts")) {
      for (JsonObject part : Answers.objects(result, "parts")) {
        output.line(
            "%8d ms  %s".formatted(Answers.integer(part, "millis"), Answers.text(part, "step")));
      }
    }
  }
}
