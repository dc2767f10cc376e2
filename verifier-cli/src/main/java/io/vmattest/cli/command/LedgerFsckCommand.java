// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Has the server check its whole ledger, and follows that until it is done. */
@Command(
    name = "fsck",
    description = {
      "Has every entry and body in the database hashed again, every seal made again in the HSM,",
      "and every stored tile and checkpoint compared with the tree over the entries.",
      "Exit code 0 if all of it holds, 1 if something does not, 3 if it could not be checked."
    })
public final class LedgerFsckCommand extends ServerCommand {
  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "86400",
      description = "How long to follow it; ${DEFAULT-VALUE} if not given.")
  long timeoutSeconds;

  public LedgerFsckCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    Optional<JsonObject> checked =
        new ServerCheck(output, client, Duration.ofSeconds(timeoutSeconds))
            .run("/ledger/checks", JsonObject.EMPTY_JSON_OBJECT);
    return checked.isEmpty() ? ExitCodes.COULD_NOT_VERIFY : print(checked.get());
  }

  private int print(JsonObject result) throws IOException {
    List<JsonObject> findings = Answers.objects(result, "findings");
    for (JsonObject finding : findings) {
      output.line(
          "%8d  %-26s  %s"
              .formatted(
                  Answers.integer(finding, "index"),
                  Answers.text(finding, "kind"),
                  Answers.text(finding, "detail")));
    }
    output.line(
        findings.isEmpty()
            ? "All %d entries hold, with their bodies, seals, tiles and checkpoints."
                .formatted(Answers.integer(result, "size"))
            : "%d findings in %d entries."
                .formatted(findings.size(), Answers.integer(result, "size")));
    output.json(result);
    return findings.isEmpty() ? ExitCodes.VERIFIED : ExitCodes.VERIFIED_FALSE;
  }
}
