// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Bytes;
import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.rest.Vm;
import io.vmattest.cli.settings.Settings;
import io.vmattest.cli.settings.UsageException;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows a VM's policy, or changes its reaction and which snapshots it keeps. */
@Command(
    name = "policy",
    description = {
      "Shows a virtual machine's policy, or changes what is done about a discrepancy and which"
          + " snapshots are kept.",
      "What no option names stays as it is."
    })
public final class PolicyCommand extends ServerCommand {
  private static final String NONE = "none";

  @Parameters(paramLabel = "VM", description = "Identifier or name.")
  String vm = "";

  @Option(
      names = "--reaction",
      paramLabel = "REACTION",
      description =
          "What is done about a discrepancy: ALERT, QUARANTINE_PAUSE, QUARANTINE_LINKS, ROLL_BACK"
              + " or APPROVE.")
  Optional<String> reaction = Optional.empty();

  @Option(
      names = "--cool-down",
      paramLabel = "DURATION",
      description = "Between a rollback and the next automatic one (ISO 8601, such as PT10M).")
  Optional<String> coolDown = Optional.empty();

  @Option(
      names = "--most-rollbacks",
      paramLabel = "N",
      description = "Most automatic rollbacks within --rollback-period.")
  Optional<Long> mostRollbacks = Optional.empty();

  @Option(
      names = "--rollback-period",
      paramLabel = "DURATION",
      description = "In which automatic rollbacks are counted (ISO 8601, such as PT24H).")
  Optional<String> rollbackPeriod = Optional.empty();

  @Option(
      names = "--keep-snapshots",
      paramLabel = "N",
      description = "Most snapshots to keep, or 'none' for no limit.")
  Optional<String> snapshots = Optional.empty();

  @Option(
      names = "--keep-for",
      paramLabel = "DURATION",
      description = "How long to keep them (ISO 8601, such as P30D or PT12H), or 'none'.")
  Optional<String> age = Optional.empty();

  @Option(
      names = "--keep-bytes",
      paramLabel = "SIZE",
      description = "Most bytes that they may take together, such as 20G, or 'none'.")
  Optional<String> bytes = Optional.empty();

  public PolicyCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    JsonObjectBuilder changes = JSON.createObjectBuilder();
    reaction.ifPresent(value -> changes.add("reaction", value));
    coolDown.ifPresent(value -> changes.add("coolDown", value));
    mostRollbacks.ifPresent(value -> changes.add("mostRollbacks", value));
    rollbackPeriod.ifPresent(value -> changes.add("rollbackPeriod", value));
    if (snapshots.isPresent()) {
      changes.add("keepSnapshots", limit("--keep-snapshots", snapshots.get()));
    }
    if (age.isPresent()) {
      changes.add("keepFor", duration(age.get()));
    }
    if (bytes.isPresent()) {
      changes.add("keepBytes", size(bytes.get()));
    }
    String path = Vm.find(client, vm).path() + "/policy";
    JsonObject wanted = changes.build();
    JsonObject policy = client.get(path);
    if (!wanted.isEmpty()) {
      policy = client.put(path, merged(policy, wanted));
    }
    policy.forEach((name, value) -> output.line(name + ": " + value));
    output.json(policy);
    return ExitCodes.VERIFIED;
  }

  /** What is null in the changes is left out: there is no limit then. */
  private static JsonObject merged(JsonObject policy, JsonObject changes) {
    JsonObjectBuilder json = JSON.createObjectBuilder(policy);
    changes.forEach(
        (name, value) -> {
          if (value.equals(JsonValue.NULL)) {
            json.remove(name);
          } else {
            json.add(name, value);
          }
        });
    return json.build();
  }

  private static JsonValue limit(String option, String text) throws UsageException {
    if (text.equals(NONE)) {
      return JsonValue.NULL;
    }
    try {
      return JSON.createValue(Long.parseLong(text));
    } catch (NumberFormatException e) {
      throw new UsageException(option + ": " + text + " is no whole number.");
    }
  }

  private static JsonValue duration(String text) throws UsageException {
    try {
      return text.equals(NONE) ? JsonValue.NULL : JSON.createValue(Duration.parse(text).toString());
    } catch (DateTimeParseException e) {
      throw new UsageException("--keep-for: " + text + " is no duration such as P30D or PT12H.");
    }
  }

  private static JsonValue size(String text) throws UsageException {
    if (text.equals(NONE)) {
      return JsonValue.NULL;
    }
    return JSON.createValue(
        Bytes.parse(text)
            .orElseThrow(
                () -> new UsageException("--keep-bytes: " + text + " is no size such as 20G.")));
  }
}
