// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.Answers;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Command;

/** Has the server make new keys for its ledger. */
@Command(
    name = "rotate",
    description = {
      "Makes the next generation of the keys that seal and sign the ledger, in the server's HSM, and",
      "records that. What the old ones signed stays verifiable: keep their lines in your key file, and",
      "add the new one (vmattest ledger keys)."
    })
public final class LedgerRotateCommand extends ServerCommand {
  public LedgerRotateCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    JsonObject entry = client.post("/ledger/keys", JsonObject.EMPTY_JSON_OBJECT).document();
    output.line(
        "Entry %d: %s".formatted(Answers.integer(entry, "index"), Answers.text(entry, "summary")));
    output.json(entry);
    return ExitCodes.VERIFIED;
  }
}
