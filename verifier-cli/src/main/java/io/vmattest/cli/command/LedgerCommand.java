// SPDX-License-Identifier: Apache-2.0
package io.vmattest.cli.command;

import io.vmattest.cli.output.Output;
import io.vmattest.cli.rest.RestClient;
import io.vmattest.cli.settings.LogKeyOption;
import io.vmattest.cli.settings.Settings;
import jakarta.json.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Reads the ledger from its beginning and checks its bodies, its chain and its tree on the way. */
@Command(
    name = "ledger",
    description = {
      "Lists the ledger's last entries, after hashing every entry with its body from the first on,",
      "comparing the last with the ledger's head, and their Merkle tree with the checkpoint that the",
      "server signed. Without --log-key the server is asked for its keys, too: that proves nothing",
      "against the server itself.",
      "Exit code 0 if all of it holds, 1 if something does not."
    })
public final class LedgerCommand extends ServerCommand {
  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many entries to list; ${DEFAULT-VALUE} if not given.")
  int limit;

  @Mixin LogKeyOption logKey = new LogKeyOption();

  private final Settings settings;

  public LedgerCommand(Output output, Settings settings) {
    super(output, settings);
    this.settings = settings;
  }

  @Override
  int call(RestClient client) throws IOException {
    LedgerOutcome audit = LedgerOutcome.of(client, Math.max(0, limit), logKey.keys(settings));
    audit.entries().forEach(this::print);
    audit.sentences().forEach(output::line);
    output.json(audit.json());
    return audit.holds() ? ExitCodes.VERIFIED : ExitCodes.VERIFIED_FALSE;
  }

  private void print(JsonObject entry) {
    output.line(
        "%6s  %-24s  %-10s  %s  %s"
            .formatted(
                entry.get("index"),
                entry.getString("at", ""),
                entry.getString("type", ""),
                entry.getString("entryHash", "").substring(0, 16),
                entry.getString("summary", "")));
  }
}
