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
      "Exit code 0 if it is done, 1 if it failed and the machine is as it was, 3 if nothing is"
          + " known."
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
    JsonObject started = patient.post(machine.path() + "/rollbacks", request.build()).document();
    JsonObject operation =
        new FollowedOperation("rollback", output, deadline).follow(client, started);
    output.json(operation);
    return conclude(operation);
  }

  private int conclude(JsonObject operation) throws IOException {
    if (Answers.text(operation, "state").equals("SUCCEEDED")) {
      output.line("Rolled back.");
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
}
