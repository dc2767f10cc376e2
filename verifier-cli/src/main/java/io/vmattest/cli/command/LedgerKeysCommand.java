// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import static io.vmattest.core.json.JsonImplementation.JSON;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.Settings;
import io.vmattest.core.tlog.NoteKey;
import jakarta.json.JsonArrayBuilder;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;

/** Prints the log's keys, to be kept in a file. */
@Command(
    name = "keys",
    description = {
      "Prints the keys that verify the ledger's checkpoints, one a line, the newest last. Keep them in",
      "a file for --log-key, and fetch them over a way that you trust: they say who is believed."
    })
public final class LedgerKeysCommand extends ServerCommand {
  public LedgerKeysCommand(Output output, Settings settings) {
    super(output, settings);
  }

  @Override
  int call(RestClient client) throws IOException {
    List<NoteKey> keys = CheckpointSource.keysOf(client);
    JsonArrayBuilder array = JSON.createArrayBuilder();
    for (NoteKey key : keys) {
      output.line(key.vkey());
      array.add(key.vkey());
    }
    output.json(JSON.createObjectBuilder().add("keys", array).build());
    return ExitCodes.VERIFIED;
  }
}
