// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import io.vmattest.cli.settings.UsageException;
import jakarta.json.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Goes on with an older database. */
@Command(
    name = "acknowledge",
    description = {
      "Says that the ledger's database is known to be older than the TPM's counter (LEDGER_OLDER), and",
      "is the one to go on with. That is recorded, with the reason and who gave it."
    })
public final class LedgerAcknowledgeCommand extends ServerCommand {
  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why, for those who read the ledger later.")
  String reason = "";

  public LedgerAcknowledgeCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    if (reason.isBlank()) {
      throw new UsageException("--reason is empty.");
    }
    JsonObject request = JSON.createObjectBuilder().add("reason", reason).build();
    JsonObject entry = client.post("/ledger/acknowledgements", request).document();
    output.line(
        "Entry %d: %s".formatted(Answers.integer(entry, "index"), Answers.text(entry, "summary")));
    output.json(entry);
    return ExitCodes.VERIFIED;
  }
}
