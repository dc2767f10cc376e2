// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Bytes;
import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Has the store of snapshots checked, and follows that until it is done. */
@Command(
    name = "fsck",
    description = {
      "Has every page of every snapshot read and checked against what its report attests.",
      "Exit code 0 if all are good, 1 if one is damaged, 3 if one could not be checked."
    })
public final class StoreFsckCommand extends ServerCommand {
  private static final String ROW = "%-36s  %-8s  %9s  %7s  %12s  %10s  %12s";

  @Parameters(
      arity = "0..1",
      paramLabel = "VM",
      description = "Identifier or name of the only one to check; else all are.")
  Optional<String> vm = Optional.empty();

  @Option(
      names = "--repair",
      description = "Remove what no snapshot needs, and what broken-off captures left.")
  boolean repair;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "86400",
      description = "How long to follow it; ${DEFAULT-VALUE} if not given.")
  long timeoutSeconds;

  public StoreFsckCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    Duration atMost = Duration.ofSeconds(timeoutSeconds);
    JsonObjectBuilder request = JSON.createObjectBuilder().add("repair", repair);
    if (vm.isPresent()) {
      request.add("vm", Vm.find(client.within(atMost), vm.get()).id().toString());
    }
    Optional<JsonObject> checked =
        new ServerCheck(output, client, atMost).run("/store/checks", request.build());
    if (checked.isEmpty()) {
      return ExitCodes.COULD_NOT_VERIFY;
    }
    print(checked.get());
    output.json(checked.get());
    return exitCode(checked.get());
  }

  private static int exitCode(JsonObject result) throws IOException {
    if (Answers.integer(result, "damaged") > 0) {
      return ExitCodes.VERIFIED_FALSE;
    }
    return Answers.integer(result, "failed") > 0 ? ExitCodes.COULD_NOT_VERIFY : ExitCodes.VERIFIED;
  }

  private void print(JsonObject result) throws IOException {
    output.line(
        ROW.formatted(
            "VM", "STATE", "SNAPSHOTS", "DAMAGED", "NOT NEEDED", "UNFINISHED", "RECLAIMED"));
    for (JsonObject checked : Answers.objects(result, "vms")) {
      output.line(
          ROW.formatted(
              Answers.text(checked, "vm"),
              Answers.text(checked, "state"),
              Answers.integer(checked, "snapshots"),
              Answers.integer(checked, "damaged"),
              Bytes.text(Answers.integer(checked, "unneededBytes")),
              Answers.integer(checked, "unfinished"),
              Bytes.text(Answers.integer(checked, "reclaimedBytes"))));
      for (JsonObject damage : Answers.objects(checked, "damage")) {
        output.line(
            "  damaged "
                + Answers.text(damage, "snapshot")
                + ": "
                + Answers.text(damage, "detail"));
      }
      if (checked.containsKey("detail")) {
        output.line("  " + Answers.text(checked, "detail"));
      }
    }
    output.line(
        "%d damaged snapshots; %d VMs skipped, %d not checked."
            .formatted(
                Answers.integer(result, "damaged"),
                Answers.integer(result, "skipped"),
                Answers.integer(result, "failed")));
  }
}
